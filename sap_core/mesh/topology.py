"""How the faces of a mesh hang together: whether it is closed, in how many parts, and where it is no surface."""

from dataclasses import dataclass

import numpy as np
import scipy

from sap_core.geometry import IntArray, Mesh


@dataclass(frozen=True)
class Topology:
    """What of a mesh does not depend on where its vertices lie.

    Attributes:
        watertight: there are faces, and exactly two meet at every edge, whichever way they are turned.
        oriented: no edge is passed twice in the same direction, so that faces which meet agree on what is outside.
        components: parts that share no vertex.
        boundary_edges: edges of one face.
        non_manifold_edges: edges of more than two faces.
        euler_characteristic: vertices - edges + faces; of one closed surface with g handles 2 - 2 g.
    """

    watertight: bool
    oriented: bool
    components: int
    boundary_edges: int
    non_manifold_edges: int
    euler_characteristic: int


def topology(mesh: Mesh) -> Topology:
    """The topology of a mesh.

    Vertices at the very same place are one, since some formats, such as STL, repeat them in every face. Faces that
    have then lost a corner, and vertices without a face, do not count.
    """
    faces = _welded(mesh)
    count = len(mesh.vertices)
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()  # of every edge, in the direction of the face
    passages = np.sort(start * count + end)
    edges, faces_at = np.unique(np.minimum(start, end) * count + np.maximum(start, end), return_counts=True)
    ends = np.divmod(edges, max(count, 1))
    graph = scipy.sparse.coo_array((np.ones(len(edges), bool), ends), shape=(count, count))
    parts, _ = scipy.sparse.csgraph.connected_components(graph, directed=False)  # of which each unused vertex is one
    used = int(np.count_nonzero(np.bincount(start, minlength=count)))
    return Topology(
        watertight=bool(len(faces) and (faces_at == 2).all()),
        oriented=bool((passages[1:] != passages[:-1]).all()),
        components=int(parts) - (count - used),
        boundary_edges=int((faces_at == 1).sum()),
        non_manifold_edges=int((faces_at > 2).sum()),
        euler_characteristic=used - len(edges) + len(faces),
    )


def _welded(mesh: Mesh) -> IntArray:
    """(F, 3) the faces whose corners lie at three places, with one number for each place."""
    _, place = np.unique(mesh.vertices, axis=0, return_inverse=True)
    faces = place[mesh.faces]
    return faces[(faces != np.roll(faces, -1, axis=1)).all(axis=1)]
