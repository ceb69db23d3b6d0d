"""The panel's parts that need no window."""

from dataclasses import replace
from itertools import pairwise

import pytest

from sap_core.config import Parameters, Span
from sap_core.memory import GB, Budget, Workload, predict
from sap_core.mesh.measures import BoundingBox, Measures, Spread
from sap_viewer.controls import Control, controls_of, written
from sap_viewer.desktop.panel import echoed
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.plot_labels import log_ticks, place_labels
from sap_viewer.desktop.panel.resolutions import UNKNOWN, Offer, left_out, offers, seconds_text
from sap_viewer.desktop.panel.scale import Scale
from sap_viewer.desktop.panel.view_rows import COLUMNS, rows_of
from sap_viewer.output.measures_text import distance, extent, in_words, size, structure
from sap_viewer.pace import step_seconds
from sap_viewer.scene.view_options import ViewOptions
from tests.snapshots import agreement_with

CONTROLS = (*controls_of(Parameters), *controls_of(ViewOptions))


@pytest.mark.parametrize(
    "control",
    [control for control in CONTROLS if control.span and not control.span.choices],
    ids=lambda control: control.name,
)
def test_scale_covers_its_span(control: Control) -> None:
    scale = Scale.of(control)
    assert scale.value(0.0) == scale.span.low
    assert scale.value(1.0) == scale.span.high
    assert scale.position(scale.span.low - 1) == 0.0
    assert scale.position(scale.span.high + 1) == 1.0
    for position in (0.1, 0.5, 0.9):
        value = scale.value(position)
        assert isinstance(value, control.kind)
        assert scale.position(value) == pytest.approx(position, abs=0.03)


def test_scale_gives_round_values() -> None:
    points = Scale(Span(1_000, 200_000, logarithmic=True), int)
    assert points.value(points.position(20_480)) == 20_000
    assert points.value(0.5) == pytest.approx((1_000 * 200_000) ** 0.5, rel=0.05)


def test_scale_needs_a_range() -> None:
    switch = next(control for control in CONTROLS if control.kind is bool)
    with pytest.raises(ValueError, match=switch.name):
        Scale.of(switch)


def test_values_are_written_short() -> None:
    assert [written(value) for value in (20_000, 0.5, 0.000686, 2.0)] == ["20,000", "0.5", "0.000686", "2"]


def test_a_change_outlives_states_that_left_before_it() -> None:
    value = Echoed(1)
    value.hear(1, run=1)
    value.change(2)
    value.change(3)
    value.hear(1, run=1)
    value.hear(2, run=1)
    assert value.value == 3
    value.hear(3, run=1)
    value.hear(4, run=1)
    assert value.value == 4


def test_a_new_run_overrules_a_change() -> None:
    value = Echoed(1)
    value.hear(1, run=1)
    value.change(2)
    value.hear(5, run=2)
    assert value.value == 5


def test_a_change_that_is_never_taken_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    value = Echoed(1)
    value.hear(1, run=1)
    monkeypatch.setattr(echoed, "PATIENCE", 0.0)
    value.change(2)
    value.hear(1, run=1)
    assert value.value == 1


def test_labels_do_not_overlap_and_the_latest_win() -> None:
    anchors = [0.0, 5.0, 10.0, 15.0, 200.0, 290.0]
    widths = [40.0] * 6
    placed = place_labels(anchors, widths, room=300.0)
    assert {label.index for label in placed} == {1, 2, 3, 4, 5}
    for row in range(3):
        spans = sorted(
            (anchors[label.index] - (widths[label.index] if label.left_of else 0.0))
            for label in placed
            if label.row == row
        )
        assert all(second - first >= 40.0 for first, second in pairwise(spans))
    assert next(label for label in placed if label.index == 5).left_of


WORKLOAD = Workload(scan=0, samples=0, points=20_000, area=1.0, published=False, device="cpu")


def test_resolutions_are_offered_with_what_a_step_needs() -> None:
    small, large = offers((64, 512), Budget(WORKLOAD, available=10**10), 0.01)
    assert small == Offer(
        64, f"{predict(64, WORKLOAD) / GB:.1f} GB", seconds_text(step_seconds(64, 0.01, area=WORKLOAD.area)), fits=True
    )
    assert large.memory == f"{predict(512, WORKLOAD) / GB:.1f} GB"
    assert large.fits
    assert left_out((64, 512), Budget(WORKLOAD, available=10**10)) == ""


def test_resolutions_that_do_not_fit_are_marked_with_the_reason() -> None:
    tight = Budget(WORKLOAD, available=1_090_000_000)
    choices = (64, 512, 1024, 2048)
    assert [offer.fits for offer in offers(choices, tight, None)] == [True, True, False, False]
    assert "more than the 1.0 GB of memory" in left_out(choices, tight)


def test_the_published_preset_is_offered_what_its_layer_reaches() -> None:
    published = Budget(replace(WORKLOAD, published=True), available=10**12)
    assert [offer.fits for offer in offers((384, 512, 768), published, None)] == [True, True, False]
    assert left_out((384, 512, 768), published) == "Greyed: the preset published ends at 512 nodes."


def test_before_a_scan_and_a_step_nothing_is_known_and_all_is_offered() -> None:
    assert offers((64, 512), None, None) == [Offer(64, UNKNOWN, UNKNOWN, True), Offer(512, UNKNOWN, UNKNOWN, True)]
    assert left_out((64, 512), None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0123, "12 ms"), (0.42, "0.4 s"), (6.04, "6.0 s"), (75.4, "75 s"), (391, "7 min")]
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_measures_are_written_short() -> None:
    box = BoundingBox((0.0, 0.0, 0.0), (0.13612, 24.5, 12_345.6))
    assert size(box) == "0.136 \N{MULTIPLICATION SIGN} 24.5 \N{MULTIPLICATION SIGN} 12,346"
    open_mesh = Measures(box, 22.0, None, 8, 10, 1, False, None)
    assert (structure(open_mesh), extent(open_mesh)) == ("1 part, open", "area 22")
    closed = replace(open_mesh, volume=6.0, components=1_200, watertight=True)
    assert (structure(closed), extent(closed)) == ("1,200 parts, watertight", "area 22, volume 6")
    assert distance(Spread(0.001, 0.002, 0.1)) == "mean 0.001, 95 % 0.002, max 0.1"
    line = in_words(replace(closed, distance=Spread(0.001, 0.002, 0.1)), agreement_with())
    assert line.endswith(
        "; mesh to scan: mean 0.001, 95 % 0.002, max 0.1; scan to mesh: mean 0.01, 95 % 0.02, max 0.03"
    )


@pytest.mark.parametrize(("low", "high"), [(1e-4, 1e-1), (3e-4, 6e-4), (2.3e-6, 8.0)])
def test_log_ticks_lie_on_the_axis(low: float, high: float) -> None:
    ticks = log_ticks(low, high)
    assert ticks
    for label, value in ticks:
        assert low <= value <= high
        assert float(label) == pytest.approx(value)


def test_the_controls_of_a_layer_share_a_row_and_none_is_left_out() -> None:
    controls = controls_of(ViewOptions)
    rows = rows_of(controls)
    placed = [getattr(row, column) for row in rows for column in COLUMNS if getattr(row, column)]
    assert sorted(placed, key=controls.index) == list(controls)
    by_name = {row.name: [getattr(row, column) and getattr(row, column).name for column in COLUMNS] for row in rows}
    assert by_name["show_points"] == ["show_points", "point_color", "point_radius", "point_opacity"]
    assert by_name["slice_opacity"] == [None, None, None, "slice_opacity"]
    assert by_name["slice_z"] == ["slice_z", None, "slice_z_at", "slice_z_sweep"]
