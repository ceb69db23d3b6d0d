"""The real panel process on a virtual screen, used with mouse and keyboard; the test plays the main process."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from sap_core.config import InForce, Parameters
from sap_core.crop import Box, Crop, Sphere
from sap_core.memory import Budget, Workload
from sap_core.mesh.measures import BoundingBox
from sap_viewer.commands import (
    Flip,
    Pause,
    Predict,
    Reorient,
    Resample,
    Reset,
    SetCrops,
    SetParameters,
    SetReference,
    Start,
    Step,
)
from sap_viewer.controls import controls_of
from sap_viewer.desktop.greeting import PanelImpossible, PanelReady, PlacePanel
from sap_viewer.desktop.layout import arrange
from sap_viewer.desktop.messages import (
    Answer,
    Branch,
    ContinueFromPrediction,
    Export,
    HoldGhost,
    HoldPrediction,
    LetGhostGo,
    Locate,
    Located,
    MoveInPast,
    OpenScan,
    Outputs,
    PanelClosed,
    PanelMoved,
    PanelState,
    PlaceGhost,
    PreviewRegion,
    Question,
    Record,
    RecordPast,
    RedoSetting,
    Reload,
    RestartEngine,
    Resume,
    SeeFrom,
    SetOutputs,
    SetPreset,
    SetRecording,
    SetView,
    ShowDialog,
    StateShown,
    UndoSetting,
    ViewPast,
)
from sap_viewer.desktop.panel import EXIT_WITHOUT_DISPLAY
from sap_viewer.figures import Figures
from sap_viewer.output.recording import Recording
from sap_viewer.process import ChildProcess
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Closeness, Comparison, LossHistory, Mark
from tests import display_driver as person
from tests.snapshots import agreement_with

M = TypeVar("M")

TITLE = "sap-viewer panel"
TRANSPORT = ("run", "step", "reset", "undo", "redo", "resample", "reorient", "flip")
TIMELINE = ("timeline", "back_to_now", "branch")
PREDICTION = ("predict", "prediction.compare", "prediction.continue")
COMPARE = ("ghost.hold", "ghost.let_go", "ghost.beside")
FILES = (
    *("scan.path", "open", "reference.path", "reference.browse", "compare"),
    *("mesh.path", "export_mesh", "mesh.trim", "cloud.path", "export_cloud", "field.path"),
    *("export_field", "picture.path", "picture.scale", "picture.text", "export_picture", "camera.path", "see_from"),
    *("export_camera", "checkpoint.path", "resume", "export_checkpoint", "command", "copy_command"),
    *("video.path", "export_video", "record_past", "video_layers", "video_camera", "video_rate", "video_size"),
    *("fps", "video_title"),
)
STEPS = np.arange(1, 121)
PAUSED = PanelState(
    run=1,
    name="spot",
    step=120,
    total_steps=490,
    progress=0.3,
    steps_per_second=0.0,
    slow=False,
    loading=False,
    waiting=False,
    status="paused",
    message="",
    notice="",
    points=20_000,
    vertices=4_000,
    faces=8_000,
    history=LossHistory(STEPS, 1e-2 * np.exp(-STEPS / 50), (Mark(60, "resolution 64"),)),
    requested=Parameters(),
    in_force=InForce(64, 2.0, 0.003, 20_000, 100),
    view=ViewOptions(),
    moved=ViewOptions(),
    outputs=Outputs(
        mesh=Path("spot_mesh.ply"),
        cloud=Path("spot_points.ply"),
        field=Path("spot_field.vti"),
        picture=Path("spot.png"),
        camera=Path("spot_camera.json"),
        checkpoint=Path("spot_run.npz"),
        video=Path("spot.mp4"),
    ),
    recording=False,
    frames=0,
    frames_total=0,
    video_bytes=0,
    recorder=Recording(),
    command="sap-viewer spot.ply --preset balanced",
    engine_alive=True,
    budget=None,
    crops=(),
    whole=np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 2.5]]),
    unit_seconds=None,
    scan_box=BoundingBox((0.0, 0.0, 0.0), (1.0, 1.5, 0.25)),
    measures=None,
    agreement=None,
    preset="balanced",
    recent=(),
    question=None,
    undoable="sigma",
    redoable="",
    kept_steps=STEPS,
    comparison=None,
    held=None,
    beside_held=None,
    ghost_place="over",
    prediction="",
    viewed=None,
)


class PanelUnderTest:
    """The panel process, its messages, and the person before it."""

    def __init__(self) -> None:
        self.process = ChildProcess("sap_viewer.desktop.panel")
        self._arrived: list[Any] = []
        ready = self.wait_for(PanelReady)
        self.screen, self.scale = ready.screen, ready.scale
        _, place = arrange(self.screen, scale=self.scale)
        self.place = PlacePanel(*place, scale=self.scale)
        self.process.send(self.place)
        self.show(PAUSED)
        self.window = person.find_window(TITLE)
        self._corner = person.window_corner(self.window)

    def show(self, state: PanelState) -> None:
        """Send the state and wait until it is shown."""
        self.process.send(state)
        self.wait_for(StateShown)

    def wait_for(self, kind: type[M]) -> M:
        """The next message of this kind; those before it stay for ``arrived``."""

        def look() -> M | None:
            ended = not self.process.alive
            self._arrived += self.process.receive()
            message = next((message for message in self._arrived if isinstance(message, kind)), None)
            assert message is not None or not ended, f"the panel ended with {self.process.exit_code}"
            return message

        message = person.wait_for(look, f"a {kind.__name__}")
        self._arrived.remove(message)
        return message

    def arrived(self) -> list[Any]:
        """The actions that nobody has waited for; that the panel has scrolled is none."""
        messages, self._arrived = self._arrived + self.process.receive(), []
        return [message for message in messages if not isinstance(message, PanelMoved)]

    def locate(self, tag: str, *, reveal: bool = False) -> Located:
        """Where the control is in the window, once two frames agree; the panel may scroll to it."""
        before = None
        while True:
            self.process.send(Locate(tag, reveal))
            located = self.wait_for(Located)
            if located == before:
                return located
            before = located

    def point_at(self, tag: str, share: float = 0.5) -> tuple[float, float]:
        """Screen pixel at this share of the control's width."""
        where = self.locate(tag, reveal=True)
        assert where.width > 0, f"{tag} is not shown"
        return self._corner[0] + where.x + share * where.width, self._corner[1] + where.y + where.height / 2

    def click(self, tag: str, share: float = 0.5) -> None:
        """Click on the control."""
        person.click(*self.point_at(tag, share))


@pytest.fixture
def panel(display: dict[str, str]) -> Iterator[PanelUnderTest]:
    """A panel that shows a paused run."""
    panel = PanelUnderTest()
    yield panel
    panel.process.close()


def test_without_a_display_it_says_so_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    process = ChildProcess("sap_viewer.desktop.panel")
    answer = person.wait_for(lambda: next(iter(process.receive()), None), "the panel's answer")
    code = person.wait_for(lambda: process.exit_code, "the panel's end")
    process.close()
    assert isinstance(answer, PanelImpossible)
    assert "--headless" in answer.reason
    assert code == EXIT_WITHOUT_DISPLAY


def test_a_number_that_no_video_can_have_is_refused_in_words(panel: PanelUnderTest) -> None:
    assert panel.locate("video_refusal").width == 0
    panel.click("fps")
    person.press_key("ctrl+a")
    person.type_text("5")
    assert panel.wait_for(SetRecording).recording.fps == 5
    person.type_text("00")
    sentence = person.wait_for(lambda: found if (found := panel.locate("video_refusal")).width else None, "a sentence")
    assert sentence.y + sentence.height < panel.place.height  # in sight
    assert all(message.recording.fps == 50 for message in panel.arrived())  # which a frame may have seen on the way
    person.press_key("ctrl+a")
    person.type_text("7")
    assert panel.wait_for(SetRecording).recording.fps == 7
    person.wait_for(lambda: panel.locate("video_refusal").width == 0 or None, "the end of the sentence")


def test_it_measures_the_screen_and_says_where_it_stands(panel: PanelUnderTest) -> None:
    assert panel.screen == (1920, 1080)
    assert person.window_corner(panel.window) == (panel.place.x, panel.place.y)
    person.move_window(panel.window, 300, 40)
    place = panel.wait_for(PanelMoved).place
    assert (place.x, place.y) == (300, 40)


def test_it_says_where_the_mesh_is_not_to_be_trusted(panel: PanelUnderTest) -> None:
    assert panel.locate("warnings").width == 0
    panel.show(replace(PAUSED, agreement=agreement_with(invented=0.3)))
    assert panel.locate("warnings").width > 0
    panel.show(replace(PAUSED, agreement=agreement_with()))
    assert panel.locate("warnings").width == 0


def test_each_button_sends_its_action(panel: PanelUnderTest) -> None:
    for tag, action in {
        "run": Start(),
        "step": Step(),
        "undo": UndoSetting(),
        "resample": Resample(),
        "reorient": Reorient(),
        "flip": Flip(),
        "reset": Reset(),
        "export_mesh": Export("mesh"),
        "export_cloud": Export("cloud"),
        "export_field": Export("field"),
        "export_checkpoint": Export("checkpoint"),
        "resume": Resume(Path("spot_run.npz")),
        "export_picture": Export("picture"),
        "export_camera": Export("camera"),
        "see_from": SeeFrom(Path("spot_camera.json")),
        "record_past": RecordPast(),
        "export_video": Record(True),
    }.items():
        panel.click(tag)
        assert panel.wait_for(type(action)) == action
    panel.show(replace(PAUSED, status="running", recording=True, frames=12))
    panel.click("run")
    panel.wait_for(Pause)
    panel.click("redo")  # greyed
    panel.click("export_video")
    assert panel.wait_for(Record) == Record(False)
    assert panel.arrived() == []


def test_a_region_is_drawn_while_it_is_chosen_and_then_crops(panel: PanelUnderTest) -> None:
    panel.click("crop.shown")
    middle = Box((-0.5, -0.5, 0.625), (0.5, 0.5, 1.875))
    assert panel.wait_for(PreviewRegion) == PreviewRegion(middle)
    x, y = panel.point_at("crop.box.x", 0.25)
    person.click(x, y, holding="ctrl")
    person.press_key("ctrl+a")
    person.type_text("1e-1")  # neither key does anything else here
    person.press_key("Return")
    middle = Box((0.1, -0.5, 0.625), (0.5, 0.5, 1.875))
    panel.click("crop.keep")
    assert panel.wait_for(SetCrops) == SetCrops((Crop(middle),))
    panel.show(replace(PAUSED, crops=(Crop(middle), Crop(Sphere((0.0, 0.0, 0.0), 1.0), "outside"))))
    panel.click("crop.undo")
    assert panel.wait_for(SetCrops) == SetCrops((Crop(middle),))
    *drawn_as_typed, last = panel.arrived()
    assert {type(message) for message in drawn_as_typed} <= {PreviewRegion}
    assert last == PreviewRegion(None)


def test_the_past_is_looked_at_and_branched_from(panel: PanelUnderTest) -> None:
    for tag in ("back_to_now", "branch"):  # greyed
        panel.click(tag)
    person.drag(panel.point_at("timeline", 0.97), panel.point_at("timeline", 0.25))
    viewed = panel.wait_for(ViewPast)
    while not (viewed.step and viewed.step < 50):
        viewed = panel.wait_for(ViewPast)
    assert viewed.step == pytest.approx(30, abs=6)
    panel.show(PAUSED)  # left before the move arrived
    panel.click("branch")
    panel.wait_for(Branch)
    panel.show(replace(PAUSED, viewed=viewed.step, engine_alive=False))
    panel.click("branch")
    panel.click("back_to_now")
    assert panel.wait_for(ViewPast) == ViewPast(None)
    person.move(*panel.point_at("loss"))
    person.press_key("Left")
    assert panel.wait_for(MoveInPast) == MoveInPast(-1)
    person.press_key("Right")
    assert panel.wait_for(MoveInPast) == MoveInPast(1)
    panel.show(replace(PAUSED, run=2, viewed=40))
    person.press_key("b")
    panel.wait_for(Branch)
    person.press_key("End")
    assert panel.wait_for(ViewPast) == ViewPast(None)
    assert panel.arrived() == []


def test_a_reference_is_named_or_chosen_and_its_curves_are_drawn(panel: PanelUnderTest, tmp_path: Path) -> None:
    for name in ("truth.stl", "points.xyz"):
        (tmp_path / name).write_text("")
    panel.click("reference.path")
    person.type_text("truth.ply")
    panel.click("compare")
    command = panel.wait_for(SetReference)
    assert (command.source, command.name) == (Path("truth.ply"), "truth.ply")
    panel.show(replace(PAUSED, recent=(str(tmp_path / "gone.ply"),)))
    panel.click("reference.browse")
    assert panel.locate("reference_dialog.points.xyz").width == 0  # no mesh
    panel.click("reference_dialog.truth.stl")
    person.press_key("Return")
    command = panel.wait_for(SetReference)
    assert (command.source, command.name) == (tmp_path / "truth.stl", "truth.stl")
    panel.click("compare")  # the path is in its field
    assert panel.wait_for(SetReference).source == command.source
    some = np.array([10, 60, 120])
    for near in (
        Comparison("truth.ply", some[:0], some[:0] / 1.0, some[:0] / 1.0),
        Comparison("truth.ply", some, 1 / some, 1 - 1 / some, Closeness(0.01, 0.99, 0.9)),
        Comparison("truth.ply", some, 0.0 * some, 0.0 * some),
    ):
        panel.show(replace(PAUSED, comparison=near))
    person.move(*panel.point_at("loss", 0.5))  # reads values
    panel.show(PAUSED)
    assert panel.arrived() == []


def test_a_mesh_is_held_and_its_figures_stand_beside_those_shown(panel: PanelUnderTest) -> None:
    panel.click("ghost.let_go")  # greyed
    panel.click("ghost.hold")
    panel.wait_for(HoldGhost)
    held = Figures(40, 8_000, 2.5, None, 0.01, None, None)
    panel.show(
        replace(PAUSED, held=held, beside_held=replace(held, step=120, volume=0.5, chamfer_l1=0.002, f_score=1.0))
    )
    panel.click("ghost.beside")
    assert panel.wait_for(PlaceGhost) == PlaceGhost("beside")
    panel.click("ghost.let_go")
    panel.wait_for(LetGhostGo)
    person.move(*panel.point_at("loss"))
    for state, action in ((replace(PAUSED, held=held), LetGhostGo()), (PAUSED, HoldGhost())):
        panel.show(state)
        person.press_key("g")
        assert panel.wait_for(type(action)) == action
    assert panel.arrived() == []


def test_a_network_is_asked_and_its_answer_compared_and_continued_from(panel: PanelUnderTest) -> None:
    for tag in PREDICTION[1:]:  # greyed
        panel.click(tag)
    panel.click("predict")
    assert panel.wait_for(Predict) == Predict()
    seen = replace(PAUSED, prediction="the network sees a surface of 70,000 faces, in 0.3 s")
    panel.show(seen)
    panel.click("prediction.compare")
    panel.wait_for(HoldPrediction)
    held = Figures("prediction", 70_000, 2.5, 0.5, 0.01, 0.003, 0.98)
    panel.show(replace(seen, held=held, beside_held=replace(held, step=120)))
    panel.click("prediction.continue")
    panel.wait_for(ContinueFromPrediction)
    panel.show(replace(seen, engine_alive=False))  # what it saw can still be looked at
    for tag in PREDICTION:
        panel.click(tag)
    panel.wait_for(HoldPrediction)
    assert panel.arrived() == []


def test_keys_do_what_the_buttons_do(panel: PanelUnderTest) -> None:
    panel.show(replace(PAUSED, redoable="crop"))
    person.move(*panel.point_at("loss"))
    for key, action in {
        "space": Start(),
        "s": Step(),
        "r": Reset(),
        "e": Export("mesh"),
        "v": Record(True),
        "d": Resample(),
        "n": Reorient(),
        "f": Flip(),
        "p": Predict(),
        "ctrl+z": UndoSetting(),
        "ctrl+shift+z": RedoSetting(),
    }.items():
        person.press_key(key)
        assert panel.wait_for(type(action)) == action
    person.press_key("ctrl+s")
    person.press_key("r")
    panel.wait_for(Reset)
    assert panel.arrived() == []


@pytest.mark.parametrize(("keys", "action"), [("ctrl+z", UndoSetting), ("ctrl+shift+z", RedoSetting)])
def test_modifiers_count_that_are_let_go_within_a_slow_frame(
    panel: PanelUnderTest, keys: str, action: type[object]
) -> None:
    panel.show(replace(PAUSED, redoable="crop"))
    person.move(*panel.point_at("loss"))
    person.press_within_a_frame(keys, of=panel.process.pid)
    panel.wait_for(action)


def test_a_dead_engine_can_only_be_restarted(panel: PanelUnderTest) -> None:
    assert panel.locate("restart").width == 0
    panel.show(replace(PAUSED, engine_alive=False))
    assert panel.locate("run").width == 0
    panel.click("step")
    person.press_key("space")
    panel.click("restart")
    panel.wait_for(RestartEngine)
    assert panel.arrived() == []


def test_while_a_scan_loads_nothing_is_asked_of_the_run_before(panel: PanelUnderTest) -> None:
    corner = (Crop(Sphere((0.0, 0.0, 0.0), 1.0)),)
    panel.show(replace(PAUSED, status="running", loading=True, viewed=40, crops=corner, prediction="seen"))
    of_the_run = (*TRANSPORT, "branch", "crop.undo", "reload", "predict", "prediction.continue")
    for tag in (*of_the_run, "export_mesh", "export_field", "export_checkpoint"):
        panel.click(tag)
    person.move(*panel.point_at("loss"))
    for key in ("space", "s", "r", "d", "n", "f", "p", "b", "e"):
        person.press_key(key)
    panel.click("back_to_now")
    assert panel.wait_for(ViewPast) == ViewPast(None)
    assert panel.arrived() == []
    panel.show(PAUSED)
    panel.click("step")
    panel.wait_for(Step)


def test_what_waits_for_a_slow_step_is_acknowledged_before_a_state_says_so(panel: PanelUnderTest) -> None:
    slow = replace(PAUSED, status="running", slow=True, steps_per_second=0.5)

    def words() -> bytes:
        where = panel.locate("messages")
        x, y = person.window_corner(panel.window)
        left, top = x + where.x, y + where.y
        return person.screenshot().crop((left, top, left + where.width, top + where.height)).tobytes()

    def settled() -> bytes:
        before = None
        while (now := words()) != before:
            before = now
        return now

    panel.show(slow)
    fitting = settled()
    panel.show(replace(slow, waiting=True))
    waits = settled()
    panel.show(slow)
    assert settled() == fitting != waits
    panel.click("run")
    panel.wait_for(Pause)
    person.wait_for(lambda: words() == waits or None, "the acknowledgement")
    panel.show(slow)  # left before the click arrived
    assert settled() == waits
    panel.show(replace(slow, step=121))
    assert settled() == fitting
    panel.show(replace(slow, step=121, slow=False, steps_per_second=20.0))
    panel.click("run")
    panel.wait_for(Pause)
    assert settled() == fitting


def test_without_a_scan_there_is_nothing_to_run(panel: PanelUnderTest) -> None:
    empty = replace(PAUSED, run=0, name="", status="empty", points=0, vertices=0, faces=0, in_force=None)
    panel.show(replace(empty, history=LossHistory()))
    for tag in (*TRANSPORT, "export_mesh", "export_cloud", "export_field", "resume", "export_video", "sigma.auto"):
        panel.click(tag)
    panel.click("scan.path")
    person.type_text("scans/spot.ply")
    panel.click("open")
    assert panel.wait_for(OpenScan) == OpenScan(Path("scans/spot.ply"))
    assert panel.arrived() == []


def test_a_dragged_slider_stays_with_the_mouse(panel: PanelUnderTest) -> None:
    person.move(*panel.point_at("sigma", 0.5))
    person.press_button()
    panel.wait_for(SetParameters)
    panel.show(PAUSED)  # left before the change arrived
    person.move(*panel.point_at("sigma", 0.8))
    dragged = panel.wait_for(SetParameters).parameters
    person.release_button()
    assert dragged == Parameters(sigma=dragged.sigma)
    assert dragged.sigma == pytest.approx(0.5 + 0.8 * 9.5, abs=0.5)

    panel.show(PAUSED)  # so did this one
    panel.click("lr.auto")
    assert panel.wait_for(SetParameters).parameters == replace(dragged, lr=0.003)

    panel.show(replace(PAUSED, requested=replace(dragged, lr=0.003)))
    panel.click("sigma.auto")
    assert panel.wait_for(SetParameters).parameters == Parameters(lr=0.003)


def test_a_new_run_brings_its_own_parameters(panel: PanelUnderTest) -> None:
    panel.click("lr.auto")
    panel.wait_for(SetParameters)
    panel.show(replace(PAUSED, run=2))
    panel.click("points.auto")
    assert panel.wait_for(SetParameters).parameters == Parameters(points=20_000)


def test_a_resolution_is_chosen_from_those_that_fit(panel: PanelUnderTest) -> None:
    panel.click("resolution")
    panel.click("resolution.512")
    assert panel.wait_for(SetParameters).parameters.resolution == 512
    workload = Workload(20_000, 20_000, 20_000, 1.0, published=False, device="cpu")
    panel.show(replace(PAUSED, budget=Budget(workload, available=10**9), unit_seconds=0.05))
    panel.click("resolution")
    panel.click("resolution.2048")  # greyed
    panel.click("resolution.192")
    assert panel.wait_for(SetParameters).parameters.resolution == 192
    assert panel.arrived() == []


def test_the_preset_is_for_the_next_run_or_starts_one_over(panel: PanelUnderTest) -> None:
    panel.click("preset")
    x, y = panel.point_at("preset")
    person.click(x, y + 30)  # the first of the list below
    assert panel.wait_for(SetPreset) == SetPreset("fast")
    panel.click("reload")
    panel.wait_for(Reload)
    assert panel.arrived() == []


def test_a_question_is_answered_by_key_or_button(panel: PanelUnderTest) -> None:
    for number, (act, accepted) in enumerate(
        (
            (lambda: person.press_key("Return"), True),
            (lambda: person.press_key("Escape"), False),
            (lambda: panel.click("accept"), True),
            (lambda: panel.click("decline"), False),
        ),
        start=1,
    ):
        asking = replace(PAUSED, question=Question(number, "Reset? 34 s of work are in no file.", "Reset", "Keep it"))
        panel.show(asking)
        person.move(*panel.point_at("decline"))
        person.press_key("s")  # nothing else can be done meanwhile
        act()
        assert panel.wait_for(Answer) == Answer(number, accepted)
        panel.show(asking)  # left before the answer arrived
        assert panel.locate("decline").width == 0
    assert panel.arrived() == []


def test_help_and_a_dialog_to_open_scans(panel: PanelUnderTest, tmp_path: Path) -> None:
    for name in ("a.ply", "b.XYZ", "notes.md"):
        (tmp_path / name).write_text("")
    panel.show(replace(PAUSED, recent=(str(tmp_path / "gone.ply"),)))
    person.move(*panel.point_at("loss"))
    person.press_key("o")
    assert panel.locate("open_dialog.notes.md").width == 0
    panel.click("open_dialog.b.XYZ")
    panel.click("open_dialog.accept")
    assert panel.wait_for(OpenScan) == OpenScan(tmp_path / "b.XYZ")

    panel.click("browse")
    panel.click("open_dialog.path", 0.9)
    person.press_key("ctrl+a")
    person.type_text("missing.ply")
    person.press_key("Return")  # which is said, and nothing is opened
    panel.click("open_dialog.path", 0.9)
    person.press_key("ctrl+a")
    person.type_text("a.ply")
    person.press_key("Return")
    assert panel.wait_for(OpenScan) == OpenScan(tmp_path / "a.ply")

    panel.click("browse")
    assert panel.locate("open_dialog.a.ply").width > 0
    person.press_key("Escape")
    panel.click("recent")
    panel.click("recent.0")
    assert panel.wait_for(OpenScan) == OpenScan(tmp_path / "gone.ply")
    assert panel.locate("open_dialog.a.ply").width == 0

    person.move(*panel.point_at("loss"))
    for ask in (
        lambda: person.press_key("F1"),
        lambda: panel.click("show_help"),
        lambda: panel.process.send(ShowDialog("help")),
    ):
        ask()
        panel.click("help.close")
        assert panel.locate("help.close").width == 0
    assert panel.arrived() == []


def test_view_options(panel: PanelUnderTest) -> None:
    panel.click("show_mesh", 0.1)
    assert panel.wait_for(SetView).options == replace(PAUSED.view, show_mesh=False)
    panel.click("slice_x_sweep")  # faint: of a slice that is hidden
    panel.click("mesh_color")  # faint: of a mesh that is hidden
    panel.click("slice_z_at", 0.75)
    options = panel.wait_for(SetView).options
    assert options.slice_z_at == pytest.approx(0.75, abs=0.05)
    assert options == replace(PAUSED.view, show_mesh=False, slice_z_at=options.slice_z_at)
    panel.click("show_mesh", 0.1)
    panel.wait_for(SetView)
    panel.click("mesh_color")
    panel.click("mesh_color.sky")
    panel.wait_for(SetView)
    panel.click("mesh_shading")
    x, y = panel.point_at("mesh_shading")
    person.click(x, y + 50)  # the second of the list below
    panel.wait_for(SetView)
    panel.click("point_opacity", 0.01)
    chosen = panel.wait_for(SetView).options
    assert chosen == replace(options, show_mesh=True, mesh_color="sky", mesh_shading="flat", point_opacity=0.05)


def test_a_slice_is_set_moving_and_stops_where_it_is(panel: PanelUnderTest) -> None:
    panel.click("slice_z_sweep")
    moving = replace(PAUSED.view, slice_z_sweep=True)
    assert panel.wait_for(SetView).options == moving
    panel.show(replace(PAUSED, view=moving, moved=replace(moving, slice_z_at=0.8)))
    panel.click("slice_z_sweep")
    assert panel.wait_for(SetView).options == replace(PAUSED.view, slice_z_at=0.8)


def test_the_command_is_copied_and_can_be_pasted(panel: PanelUnderTest) -> None:
    panel.click("copy_command")
    panel.click("scan.path")
    person.press_key("ctrl+v")
    panel.click("open")
    assert panel.wait_for(OpenScan) == OpenScan(Path(PAUSED.command))


def test_a_path_is_taken_when_it_is_whole(panel: PanelUnderTest) -> None:
    panel.click("mesh.path", 0.9)
    person.press_key("ctrl+a")
    person.type_text("reverse.obj")  # letters that are keys of the panel elsewhere
    panel.click("export_mesh")
    assert panel.wait_for(SetOutputs).outputs == replace(PAUSED.outputs, mesh=Path("reverse.obj"))
    panel.wait_for(Export)
    assert panel.arrived() == []


def test_any_history_can_be_drawn(panel: PanelUnderTest) -> None:
    steps = np.arange(40)
    with_gaps = np.where(steps % 3 == 0, np.nan, 1e-3)
    marks = tuple(Mark(int(step), "a label that is far too long for the room that there is") for step in steps)
    for history in (
        LossHistory(),
        LossHistory(marks=(Mark(0, "sigma 3"),)),
        LossHistory(steps[:1], np.array([1e-3])),
        LossHistory(steps, with_gaps, marks),
        LossHistory(steps, np.zeros(40)),
    ):
        panel.show(replace(PAUSED, history=history))
    assert panel.process.alive


@pytest.mark.parametrize("display", ["1280x800", "1920x1080", "3840x2160@192"], indirect=True)
def test_nothing_overlaps_or_leaves_the_window(panel: PanelUnderTest) -> None:
    panel.show(replace(PAUSED, name="long " * 30, message="a long message " * 30, notice="a long notice " * 30))
    parameters = [name for control in controls_of(Parameters) for name in (control.name, f"{control.name}.auto")]
    view = [control.name for control in controls_of(ViewOptions)]
    above, below = (*TRANSPORT, *TIMELINE, "messages", "loss"), (*PREDICTION, *COMPARE, *FILES)
    places = [panel.locate(tag) for tag in (*above, *parameters, *view, *below)]
    for one, other in combinations(places, 2):
        apart = (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        )
        assert apart, f"{one.tag} overlaps {other.tag}"
    name, status = panel.locate("name"), panel.locate("status")
    gap = status.x - name.x - name.width
    assert 10 * panel.scale < gap < 50 * panel.scale, "a long name is cut where its room ends"
    for place in places:
        assert 0 <= place.x <= panel.place.width - place.width, place.tag
        seen = panel.locate(place.tag, reveal=True)
        assert seen.width > 0
        assert seen.height > 12 * panel.scale or place.tag == "messages"
        assert 0 <= seen.y <= panel.place.height - seen.height, place.tag


def test_it_ends_with_the_main_process(panel: PanelUnderTest) -> None:
    panel.process.close()
    assert panel.process.exit_code == 0


def test_closing_its_window_is_reported(panel: PanelUnderTest) -> None:
    person.close_window(panel.window)
    panel.wait_for(PanelClosed)
    assert person.wait_for(lambda: panel.process.exit_code, "the panel's end") == 0
