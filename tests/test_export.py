"""Files of a snapshot, read back."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from sap_core.io import read_cloud
from sap_core.validate.error import InputError
from sap_viewer.output.export import export_cloud, export_mesh
from sap_viewer.snapshot import Snapshot
from tests.scans import MAP_OFFSET
from tests.snapshots import ball_snapshot


def test_the_mesh_is_exported_in_the_coordinates_of_the_scan(tmp_path: Path) -> None:
    snapshot = ball_snapshot(offset=MAP_OFFSET)
    assert snapshot.mesh is not None
    export_mesh(snapshot, tmp_path / "mesh.ply")
    written = trimesh.load(tmp_path / "mesh.ply", process=False)
    np.testing.assert_array_equal(written.vertices, snapshot.mesh.vertices)
    np.testing.assert_array_equal(written.faces, snapshot.mesh.faces)


def test_the_oriented_points_are_exported_with_their_normals(tmp_path: Path) -> None:
    snapshot = ball_snapshot(offset=MAP_OFFSET)
    assert snapshot.cloud is not None
    export_cloud(snapshot, tmp_path / "points.ply")
    written = read_cloud(tmp_path / "points.ply").cloud
    np.testing.assert_array_equal(written.points, snapshot.cloud.points)
    np.testing.assert_array_equal(written.normals, snapshot.cloud.normals)


def test_before_there_is_anything_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no mesh to export yet"):
        export_mesh(Snapshot(), tmp_path / "mesh.ply")
    with pytest.raises(InputError, match="no points to export yet"):
        export_cloud(Snapshot(), tmp_path / "points.ply")
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mesh\.doc: its name must end in"):
        export_mesh(ball_snapshot(), tmp_path / "mesh.doc")
    with pytest.raises(InputError, match="there is no folder"):
        export_cloud(ball_snapshot(), tmp_path / "nowhere" / "points.ply")
