from dataclasses import replace

import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.measures import BoundingBox, Spread, measure
from tests.scans import MAP_OFFSET


def box_mesh(*, offset: np.ndarray | float = 0.0) -> Mesh:
    shape = trimesh.creation.box((1.0, 2.0, 3.0))
    return Mesh(shape.vertices + offset, shape.faces)


@pytest.mark.parametrize("offset", [0.0, MAP_OFFSET])
def test_a_box_of_known_size(offset: np.ndarray | float) -> None:
    measures = measure(box_mesh(offset=offset))
    assert measures.box.size == pytest.approx((1, 2, 3))
    assert np.mean(measures.box, axis=0) == pytest.approx(np.zeros(3) + offset)
    assert measures.area == pytest.approx(22)
    assert measures.volume == pytest.approx(6)
    assert (measures.vertices, measures.faces, measures.components) == (8, 12, 1)
    assert measures.watertight
    assert measures.distance is None


def test_an_open_mesh_has_an_area_and_no_volume() -> None:
    measures = measure(box_mesh().keep_faces(np.arange(10)))
    assert not measures.watertight
    assert measures.volume is None
    assert 11 < measures.area < 22


def test_faces_that_disagree_on_the_outside_enclose_no_volume() -> None:
    mesh = box_mesh()
    turned = replace(mesh, faces=np.vstack([mesh.faces[:1, ::-1], mesh.faces[1:]]))
    measures = measure(turned)
    assert measures.watertight
    assert measures.volume is None


def test_a_hollow_is_taken_from_the_volume() -> None:
    outside, inside = box_mesh(), box_mesh()
    hollow = Mesh(
        np.vstack([outside.vertices, inside.vertices / 2]),
        np.vstack([outside.faces, inside.faces[:, ::-1] + len(outside.vertices)]),
    )
    measures = measure(hollow)
    assert measures.components == 2
    assert measures.volume == pytest.approx(6 - 6 / 8)


def test_the_distance_to_the_scan() -> None:
    distances = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0])
    assert measure(replace(box_mesh(), distances=distances)).distance == Spread(
        1.0, pytest.approx(np.percentile(distances, 95)), 8.0
    )


def test_a_mesh_without_faces_has_no_area() -> None:
    measures = measure(Mesh(np.eye(3), np.zeros((0, 3), np.int64)))
    assert (measures.area, measures.volume, measures.watertight) == (0.0, None, False)


def test_a_box_needs_points() -> None:
    with pytest.raises(ValueError, match="zero-size"):
        BoundingBox.around(np.zeros((0, 3)))
