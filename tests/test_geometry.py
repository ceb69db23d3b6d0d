import pickle
from dataclasses import replace

import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from tests.scans import colored_ball, dressed_ball


def test_attributes_are_one_for_each_vertex_and_read_only() -> None:
    mesh = dressed_ball()
    assert (mesh.colors.dtype, mesh.colors.shape) == (np.uint8, (162, 3))
    assert (mesh.distances.dtype, mesh.distances.shape) == (np.float64, (162,))
    for array in (mesh.vertices, mesh.faces, mesh.colors, mesh.distances):
        assert not array.flags.writeable


@pytest.mark.parametrize("noun", [colored_ball(), dressed_ball()], ids=["cloud", "mesh"])
def test_arrays_stay_equal_and_read_only_on_their_way_between_processes(noun: PointCloud | Mesh) -> None:
    arrived = pickle.loads(pickle.dumps(noun))
    arrays = {name: values for name, values in vars(noun).items() if isinstance(values, np.ndarray)}
    assert len(arrays) >= 3
    for name, values in arrays.items():
        assert np.array_equal(getattr(arrived, name), values)
        assert not getattr(arrived, name).flags.writeable


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ({"colors": np.zeros((3, 4))}, r"colors must have shape \(N, 3\), got \(3, 4\)"),
        ({"colors": np.zeros((2, 3))}, "colors needs one row for each of the 3 vertices, got 2"),
        ({"distances": np.zeros((3, 1))}, r"distances must have shape \(N,\), got \(3, 1\)"),
        ({"distances": 1.0}, r"distances must have shape \(N,\), got \(\)"),
        ({"distances": np.zeros(4)}, "distances needs one row for each of the 3 vertices, got 4"),
    ],
)
def test_attributes_of_another_shape_are_refused(attributes: dict[str, np.ndarray], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Mesh(np.eye(3), [[0, 1, 2]], **attributes)


def test_a_cloud_needs_its_points() -> None:
    with pytest.raises(ValueError, match=r"points must have shape \(N, 3\), got \(\)"):
        PointCloud(None)
    with pytest.raises(ValueError, match="normals needs one row for each of the 3 points, got 2"):
        PointCloud(np.eye(3), np.eye(3)[:2])


@pytest.mark.parametrize("as_rows", [True, False])
def test_kept_faces_take_their_vertices_and_attributes_along(as_rows: bool) -> None:
    mesh = dressed_ball()
    upper = (mesh.vertices[mesh.faces][..., 2] > 0).all(axis=1)
    kept = mesh.keep_faces(np.flatnonzero(upper) if as_rows else upper)
    assert np.array_equal(kept.vertices[kept.faces], mesh.vertices[mesh.faces[upper]])
    assert np.array_equal(kept.colors[kept.faces], mesh.colors[mesh.faces[upper]])
    assert np.array_equal(kept.distances[kept.faces], mesh.distances[mesh.faces[upper]])
    assert len(kept.vertices) == len(np.unique(mesh.faces[upper])) < len(mesh.vertices)


def test_kept_faces_of_a_bare_mesh() -> None:
    kept = Mesh(np.eye(4, 3), [[0, 1, 2], [1, 2, 3]]).keep_faces([1])
    assert np.array_equal(kept.vertices, np.eye(4, 3)[1:])
    assert kept.faces.tolist() == [[0, 1, 2]]
    assert kept.colors is kept.distances is None


def test_what_is_said_of_a_mesh_stays_with_it_and_not_with_a_part() -> None:
    mesh = replace(dressed_ball(), warnings=("half of it is invented",))
    assert pickle.loads(pickle.dumps(mesh)).warnings == mesh.warnings
    assert mesh.keep_faces([0, 1]).warnings == ()
