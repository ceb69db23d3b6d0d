"""One scan as a network sees it turned in several ways."""

import torch
from torch import Tensor

from sap_core.learned.network import OrientedPointsNetwork

MOST_TURNS = 6


def seen_turned(network: OrientedPointsNetwork, scan: Tensor, *, turns: int) -> tuple[Tensor, Tensor]:
    """The oriented points that a network gives a scan as it is and turned, all turned back.

    No orientation is special to a network, and what it makes of a scan differs a little between them. The Poisson layer
    is linear in normals: the field of all these points is, up to scale and level, the mean of those of each turn.

    Args:
        network: is shown all turns in one pass.
        scan: (1, N, 3) in the unit cube.
        turns: 1 to ``MOST_TURNS``, with the scan as it is: thirds of a turn about the diagonal of the cube, and their
            mirror images through its centre. All of them are a group, to which the answer is then equivariant.

    Returns:
        Points and normals (1, turns * N * offsets, 3), in the unit cube.
    """
    turn = torch.stack([(-1) ** count * torch.eye(3).roll(count, 0) for count in range(turns)]).to(scan)
    places, normals = network((scan - 0.5) @ turn.mT + 0.5)
    points, directions = (values.reshape(1, -1, 3) for values in ((places - 0.5) @ turn + 0.5, normals @ turn))
    return points, directions
