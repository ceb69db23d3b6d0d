"""Squared distances between a surface and a scan across the surface, instead of between points of either.

From a vertex to its nearest scan point it is mostly far along the surface. What counts is the way across, and along the
normal of one end of the pair that has a bias: where the surface is curved, the other end lies off the tangent plane,
always on the same side. Along the mean of the normals at both ends the two biases cancel, as in the symmetric
objective for registration (Rusinkiewicz, SIGGRAPH 2019).
"""

import torch
from torch import Tensor

from sap_core.chamfer import NearestPairs, SquaredDistances, squared_distances

_SAME_SIDE = 0.5  # cosine between the normals at both ends, below which they belong to two sides of something thin


def squared_plane_distances(pairs: NearestPairs, normals: Tensor, *, near: float) -> SquaredDistances:
    """Squared distances of vertices and samples along the mean normal of each pair.

    The normal at a sample is that at its nearest vertex. Pairs that are farther apart than ``near``, or whose normals
    tell that they lie on two sides of something thin, count with their whole distance: the surface has still to find
    its way there.

    Args:
        pairs: of the surface's vertices, a, and the samples of the scan, b.
        normals: (V, 3) unit normals of the surface at its vertices; constant to autograd.
        near: in the unit of the points.

    Returns:
        From the vertices and from the samples; differentiable like the pairs.
    """
    whole = squared_distances(pairs)
    at_sample = normals.index_select(0, pairs.in_a)
    across = at_sample.index_select(0, pairs.in_b)
    cosine = (normals * across).sum(-1)
    # The mean normal is their sum, and the square of its length twice 1 + cosine.
    along_mean = (pairs.from_b_to_a * (normals + across)).sum(-1).square() / (2 + 2 * cosine).clamp(min=_SAME_SIDE)
    along_vertex = (pairs.from_a_to_b * at_sample).sum(-1).square()
    from_a_is_near = (whole.from_a.detach() < near**2) & (cosine > _SAME_SIDE)
    return SquaredDistances(
        torch.where(from_a_is_near, along_mean, whole.from_a),
        torch.where(whole.from_b.detach() < near**2, along_vertex, whole.from_b),
    )
