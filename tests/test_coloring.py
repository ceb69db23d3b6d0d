"""By what a mesh is coloured, and what it falls back to."""

from dataclasses import replace

import numpy as np
import pytest

from sap_viewer.commands import SetMeshValues
from sap_viewer.mesh_values import ValuesBy
from sap_viewer.publishing import completed
from sap_viewer.scene.coloring import coloring_of, values_wanted
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import ColorBy, ViewOptions
from sap_viewer.snapshot import Snapshot
from tests.scans import dressed_ball
from tests.snapshots import ball_snapshot


def dressed(values_by: ValuesBy | None = None) -> Snapshot:
    snapshot = replace(ball_snapshot(), mesh=dressed_ball(), invented_beyond=0.5, values_by=values_by)
    return completed(snapshot, Snapshot())


def test_colours_and_distances_are_those_of_the_mesh() -> None:
    snapshot = dressed()
    scan = coloring_of(snapshot, "scan")
    assert scan.colors() == pytest.approx(snapshot.mesh.colors / 255, abs=1e-6)
    assert scan.legend is None
    distance = coloring_of(snapshot, "distance")
    assert distance.values() == pytest.approx(snapshot.mesh.distances)
    assert distance.legend.high > 0.5
    assert coloring_of(dressed(), "distance") != distance
    assert coloring_of(snapshot, "distance") == distance


def test_normals_and_curvatures_are_those_that_the_engine_sends() -> None:
    normal = coloring_of(dressed("normal"), "normal")
    assert normal.colors() == pytest.approx((dressed_ball().vertices + 1) / 2, abs=0.02)
    curvature = coloring_of(dressed("curvature"), "curvature")
    assert curvature.values() == pytest.approx(np.ones(162), rel=0.1)
    assert (curvature.legend.low, curvature.legend.high) == (-1.5, 1.5)


@pytest.mark.parametrize("by", ["plain", "scan", "distance", "normal", "curvature"])
def test_a_mesh_that_lacks_what_it_takes_is_plain(by: ColorBy) -> None:
    assert coloring_of(ball_snapshot(), by) is None
    assert coloring_of(Snapshot(), by) is None
    scene = build_scene(ball_snapshot(), ViewOptions(color_by=by))
    assert scene.mesh is not None
    assert scene.legend is None


def test_a_legend_goes_with_the_colours_that_are_shown() -> None:
    by_distance = ViewOptions(color_by="distance")
    assert build_scene(dressed(), by_distance).legend is not None
    assert build_scene(dressed(), replace(by_distance, show_legend=False)).legend is None
    assert build_scene(dressed(), replace(by_distance, show_mesh=False)).legend is None


def test_slices_do_not_mix_with_colours_that_mean_something() -> None:
    snapshot = dressed()
    for options, planes in (
        (ViewOptions(), [True]),
        (ViewOptions(color_by="distance"), [False]),
        (ViewOptions(color_by="distance", mesh_opacity=0.5), [True]),
        (ViewOptions(color_by="distance", show_mesh=False), [True]),
        (ViewOptions(color_by="curvature"), [True]),  # not computed yet
    ):
        assert [layer.plane for layer in build_scene(snapshot, options).slices] == planes


def test_only_values_that_are_shown_are_asked_for() -> None:
    assert values_wanted(ViewOptions(color_by="curvature")) == SetMeshValues("curvature")
    assert values_wanted(ViewOptions(color_by="curvature", show_mesh=False)) == SetMeshValues()
    assert values_wanted(ViewOptions(color_by="distance")) == SetMeshValues()
