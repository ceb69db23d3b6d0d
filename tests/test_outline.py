import numpy as np

from sap_core.crop import Box, Sphere
from sap_viewer.scene.outline import outline


def test_a_box_has_its_twelve_edges() -> None:
    nodes, edges = outline(Box((0.0, 1.0, 2.0), (1.0, 3.0, 5.0)))
    vectors = np.abs(nodes[edges[:, 1]] - nodes[edges[:, 0]])
    assert sorted(map(tuple, vectors)) == [(0, 0, 3)] * 4 + [(0, 2, 0)] * 4 + [(1, 0, 0)] * 4
    assert np.array_equal(np.stack([nodes.min(0), nodes.max(0)]), [[0, 1, 2], [1, 3, 5]])


def test_a_sphere_has_three_closed_great_circles() -> None:
    nodes, edges = outline(Sphere((1.0, 2.0, 3.0), 0.5))
    assert np.allclose(np.linalg.norm(nodes - [1, 2, 3], axis=1), 0.5)
    assert (np.bincount(edges.ravel()) == 2).all()
    for axis in range(3):
        assert (np.isclose(nodes[:, axis], [1, 2, 3][axis]).sum()) >= len(nodes) // 3
