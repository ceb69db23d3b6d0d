"""Cutting off what lies far from the scan: a Poisson surface also closes over what was never scanned."""

import numpy as np
import scipy
from numpy.typing import NDArray

from sap_core.geometry import FloatArray, IntArray, Mesh
from sap_core.scan.spacing import local_spacing
from sap_core.validate.settings import nothing_left


def automatic_distance(points: FloatArray, *, cell: float = 0.0) -> float:
    """The distance from the scan at which a surface is no longer a gap between points, but invented.

    Three times the ``local_spacing`` that 99 % of the points keep below: about four times the median for an even
    scan, more for an uneven one. The most isolated percent does not count, for it may be outliers; a sparse region
    that has fewer points than that is cut off. No less than two cells, since the surface itself is no more exact
    than its grid, however dense the scan.

    Args:
        points: (N, 3) the scan, any frame.
        cell: edge of a cell of the grid that the surface comes from, in units of the points.

    Raises:
        ValueError: fewer than two different points.
    """
    return float(max(3 * np.quantile(local_spacing(points), 0.99), 2 * cell))


def trim(mesh: Mesh, *, beyond: float, back_to: float | None = None) -> Mesh:
    """Cut off what is farther from the scan than ``beyond``, with what leads there.

    Gaps between points may be wide, while past the rim of a scan nothing is wanted. So what hangs together with a cut
    part is cut off at a smaller distance, ``back_to``, as a contour is followed with two thresholds (Canny 1986). A gap
    that nowhere reaches the larger one stays whole; a speck that nowhere comes within the smaller one is no gap.

    The cut follows the level line of the distance, taken as linear on each face, and not the edges of the mesh. What is
    left of a manifold is a manifold, with boundary loops along the cut; faces keep their orientation, and the vertices
    on the cut have interpolated attributes. A mesh that is near the scan everywhere is returned as it is.

    Args:
        mesh: with distances.
        beyond: in units of the scan.
        back_to: likewise, at most ``beyond``; the same unless given.

    Raises:
        InputError: nothing would be left.
        ValueError: the mesh has no distances.
    """
    distances = mesh.distances
    if distances is None:
        raise ValueError("a mesh is trimmed by its distances to the scan, and has none")
    cut_at = beyond if back_to is None else back_to
    far = _leading_beyond(mesh.faces, distances, cut_at, beyond)[mesh.faces]  # (F, 3)
    if not far.any():
        return mesh
    if far.all():
        raise nothing_left(cut_at, distances.min(), distances.max())
    near_tips, far_tips = _from_tip(mesh.faces, ~far), _from_tip(mesh.faces, far)
    sides = np.concatenate([near_tips, far_tips])[:, [[0, 1], [0, 2]]]  # the two edges that the cut crosses
    edges, rows = np.unique(np.sort(sides.reshape(-1, 2)), axis=0, return_inverse=True)
    crossings = len(mesh.vertices) + rows.reshape(-1, 2)
    near_crossings, far_crossings = np.split(crossings, [len(near_tips)])
    pieces = np.concatenate(
        [
            np.column_stack([near_tips[:, 0], near_crossings]),
            # Cutting off a far tip leaves a quadrangle.
            np.column_stack([far_crossings[:, 0], far_tips[:, 1:]]),
            np.column_stack([far_crossings[:, 0], far_tips[:, 2], far_crossings[:, 1]]),
        ]
    )
    shares = (cut_at - distances[edges[:, 0]]) / np.diff(distances[edges])[:, 0]
    with_pieces = Mesh(
        _with_points_between(mesh.vertices, edges, shares),
        np.concatenate([mesh.faces, pieces]),
        None if mesh.colors is None else _with_points_between(mesh.colors, edges, shares).round().astype(np.uint8),
        np.append(distances, np.full(len(edges), cut_at)),
    )
    return with_pieces.keep_faces(np.append(~far.any(axis=1), np.ones(len(pieces), bool)))


def _leading_beyond(faces: IntArray, distances: FloatArray, from_here: float, beyond: float) -> NDArray[np.bool_]:
    """The vertices (V,) farther away than ``from_here`` that such vertices join to one farther than ``beyond``, or to
    none that is nearer.
    """
    far = distances > from_here
    if from_here == beyond:
        return far
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both, either = far[edges].all(axis=1), far[edges].any(axis=1)
    start, end = edges[both].T
    graph = scipy.sparse.coo_array((np.ones(len(start), bool), (start, end)), shape=2 * (len(far),))
    count, parts = scipy.sparse.csgraph.connected_components(graph, directed=False)
    leads = np.ones(count, bool)
    leads[parts[edges[either & ~both]]] = False
    leads[parts[distances > beyond]] = True
    return far & leads[parts]


def _from_tip(faces: IntArray, side: NDArray[np.bool_]) -> IntArray:
    """The faces with a single corner on this side, turned so that it comes first."""
    single = side.sum(axis=1) == 1
    order = (side[single].argmax(axis=1)[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces[single], order, axis=1)


def _with_points_between(values: NDArray[np.generic], edges: IntArray, shares: FloatArray) -> FloatArray:
    """The values (V, 3) and, after them, those at the given share of the way along each edge."""
    starts, ends = values[edges].astype(np.float64).transpose(1, 0, 2)
    return np.concatenate([values, starts + shares[:, None] * (ends - starts)])
