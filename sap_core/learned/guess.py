"""What the network's answer tells of a scan before an optimisation: where to start, and which points to believe."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import Mesh, PointCloud
from sap_core.learned.belief import belonging
from sap_core.learned.prediction import predict
from sap_core.learned.weights import network_of


class Guess(NamedTuple):
    """What a network makes of a scan, in the scan's coordinates.

    Attributes:
        mesh: the surface that it sees.
        believed: (N,) which points of the scan rather belong to its surface than to nothing.
    """

    mesh: Mesh
    believed: NDArray[np.bool_]

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said about the points."""
        count, strays = len(self.believed), int((~self.believed).sum())
        said = f"{strays:,} of {count:,} points were left out: strays, by what the network sees"
        return (said,) if strays else ()


def guess(scan: PointCloud, *, weights: str | None = None, device: str, seed: int) -> Guess:
    """Ask a network.

    Args:
        scan: any frame and unit. Points that are not finite count as believed: others find and report them.
        weights, device: as in ``Settings``.
        seed: of the points that the network sees.

    Raises:
        InputError: the scan or the weights cannot be used.
        SurfaceVanished: the network finds no surface.
    """
    mesh = predict(scan, network_of(weights), device=device, seed=seed).mesh
    finite = np.isfinite(scan.points).all(1)
    believed = np.ones(len(scan), np.bool_)
    believed[finite] = belonging(scan.points[finite], mesh, rng=np.random.default_rng(seed)) > 0.5
    return Guess(mesh, believed)
