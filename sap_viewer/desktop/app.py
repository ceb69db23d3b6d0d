"""The live form: the one frame loop, which joins the Polyscope window, the panel and the engine."""

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from sap_core.crop import Region
from sap_viewer import commands
from sap_viewer.command_line import command_line, repeating
from sap_viewer.desktop.camera_place import CameraPlace
from sap_viewer.desktop.ghost import Ghost
from sap_viewer.desktop.keys import asked_by, said_of
from sap_viewer.desktop.layer_requests import LayerRequests
from sap_viewer.desktop.messages import (
    Action,
    Answer,
    Branch,
    ContinueFromPrediction,
    Export,
    HoldGhost,
    HoldPrediction,
    LetGhostGo,
    MoveInPast,
    OpenScan,
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
    UndoSetting,
    ViewPast,
)
from sap_viewer.desktop.outputs import OutputWriter
from sap_viewer.desktop.panel_link import PanelLink
from sap_viewer.desktop.past import Past, looking_back
from sap_viewer.desktop.replay import Replay
from sap_viewer.desktop.runs import Runs
from sap_viewer.desktop.unsaved import UnsavedWork
from sap_viewer.desktop.window_memory import WindowMemory
from sap_viewer.options import Options
from sap_viewer.output.checkpoint_keeper import CheckpointKeeper
from sap_viewer.output.status_file import StatusFile
from sap_viewer.scene.coloring import values_wanted
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.sweep import Sweep
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot
from sap_viewer.undo import Setting, Undo

if TYPE_CHECKING:  # at run time this would load Polyscope before a display is known to be there
    from sap_viewer.view.window import View

_WAITS = "waiting for this step to end"
_FOLLOWS = "the finest mesh follows"


class App:
    """What the windows share. One ``turn`` draws one frame and passes on what arrived since the last."""

    def __init__(
        self, session: Session, view: "View", panel: PanelLink, options: Options, memory: WindowMemory
    ) -> None:
        self._session = session
        self._view = view
        self._panel = panel
        self._options = options
        self._snapshot = Snapshot()
        self._region: Region | None = None  # that is being chosen
        self._camera = CameraPlace(view, options)
        self._memory = memory
        self._first_size = view.size
        self._view_options = self._moved_options = options.drawn
        self._outputs = OutputWriter(session, view, options)
        self._work = UnsavedWork()
        self._runs = Runs(session, options, self._work)
        self._undo = Undo()
        self._past = Past()
        self._ghost = Ghost(view)
        self._drawn: Snapshot | None = None  # of the past
        self._status_file = StatusFile(options.status, repeat=self._command) if options.status else None
        self._keeper = CheckpointKeeper(options.checkpoint, session) if options.checkpoint else None
        self._waits = False  # for a slow step to end, after which what was asked for is done
        self._open = True
        self.failed = False  # so that the exit code tells
        view.on_key = self._press
        view.said_of_key = lambda key: said_of(key, self._state())
        view.on_drop = self._runs.open
        self._sweep = Sweep()
        self._layers = LayerRequests(session)

    def turn(self) -> bool:
        """One frame; False when a window was closed."""
        self._open = self._view.tick() and self._open
        panel_alive = self._panel.alive
        for action in self._panel.actions():  # after the look at its pulse, so that its last words are heard
            self._act(action)
        if not panel_alive and self._open:
            self.failed = True
            self._open = False
            print("sap-viewer: the panel ended unexpectedly, so the program ends too", file=sys.stderr)
        now = time.monotonic()
        self._moved_options = self._sweep.moved(self._view_options, now=now)
        self._layers.ask(self._outputs.with_filmed_layers(self._moved_options), now=now)
        self._show(self._session.snapshot())
        self._outputs.turn()
        self._work.hear(self._outputs.results)
        self._view.ask(_in_view(self._runs.question))
        self._panel.tell(self._state)
        return self._open

    def finish(self) -> None:
        """Finish an open recording and write what the command line asked for."""
        kept = self._keeper.finish() if self._keeper else None
        self.failed |= not self._outputs.finish() or not (kept is None or kept.succeeded)
        for written in filter(None, (*self._outputs.results, kept)):
            print(f"sap-viewer: {written.sentence}", file=sys.stdout if written.succeeded else sys.stderr)
        if self._status_file:
            self._status_file.update(self._snapshot, at_once=True)
        self._past.close()
        self._ghost.close()
        self._memory.finish(view_size=None if self._view.size == self._first_size else self._view.size)

    def _show(self, snapshot: Snapshot) -> None:
        self._work.follow(snapshot, now=time.monotonic())
        if snapshot is not self._snapshot:
            self._camera.follow(snapshot, scan=self._runs.scan)
            if snapshot.load != self._snapshot.load and self._runs.scan is not None:
                self._memory.opened(self._runs.scan)
            self._snapshot = snapshot
            self._runs.follow(snapshot)
            self._undo.follow(snapshot)
            self._draw()
            self._outputs.follow(snapshot)
        wanted = values_wanted(self._view_options).by
        self._past.follow(snapshot, now=time.monotonic(), values_by=wanted)
        self._ghost.follow(self._past.viewed or snapshot, now=time.monotonic())
        waits = self._session.waiting and snapshot.slow
        if self._past.viewed is not self._drawn or waits is not self._waits:
            self._waits = waits
            self._draw()
        if self._status_file:
            viewed, held = self._past.viewed, self._ghost.held
            self._status_file.update(snapshot, viewed=viewed.step if viewed else None, held=held.step if held else None)
        if self._keeper:
            self._keeper.update(snapshot)

    def _command(self, snapshot: Snapshot) -> str:
        """That repeats the run shown."""
        loaded = self._session.loaded
        return "" if loaded is None else command_line(repeating(self._options, loaded, snapshot))

    def _draw(self) -> None:
        self._drawn = viewed = self._past.viewed
        shown = viewed or self._snapshot
        scene = build_scene(shown, self._view_options, region=self._region)
        if viewed is not None:
            scene = replace(scene, caption=looking_back(viewed, self._snapshot))
        said = ((self._waits, _WAITS), (shown.awaits_whole_mesh and viewed is None, _FOLLOWS))
        scene = replace(scene, caption=(*scene.caption, *(words for holds, words in said if holds)))
        scene = self._ghost.in_scene(scene)
        self._view.update(scene)
        self._outputs.show(scene, shown, self._view_options, viewed=viewed)

    def _state(self) -> PanelState:
        shown, film = self._snapshot, self._outputs.film
        viewed = self._past.viewed
        counted = viewed or shown
        return PanelState(
            run=shown.run,
            name=shown.name,
            step=shown.step,
            total_steps=shown.total_steps,
            progress=shown.progress,
            steps_per_second=shown.steps_per_second,
            status=shown.status,
            slow=shown.slow,
            loading=self._session.loading,
            waiting=self._waits,
            message=shown.message,
            notice="\n".join(filter(None, (self._memory.notice, self._runs.notice, self._outputs.notice))),
            points=len(counted.cloud) if counted.cloud else 0,
            vertices=len(counted.mesh.vertices) if counted.mesh else 0,
            faces=len(counted.mesh.faces) if counted.mesh else 0,
            history=shown.history,
            requested=shown.requested,
            in_force=shown.in_force,
            view=self._view_options,
            moved=self._moved_options,
            outputs=self._outputs.paths,
            recording=film is not None,
            frames=film.frames if film else 0,
            frames_total=film.total if isinstance(film, Replay) else 0,
            video_bytes=film.bytes if film else 0,
            recorder=self._outputs.recording,
            command=self._command(shown),
            engine_alive=self._session.alive,
            budget=shown.budget,
            crops=shown.crops,
            whole=shown.whole,
            unit_seconds=shown.unit_seconds,
            scan_box=shown.scan_box,
            measures=shown.measures,
            agreement=shown.agreement,
            preset=self._runs.preset,
            recent=self._memory.remembered.recent,
            question=self._runs.question,
            undoable=self._undo.undoable,
            redoable=self._undo.redoable,
            kept_steps=self._past.timeline.steps,
            comparison=shown.comparison,
            held=self._ghost.held,
            beside_held=self._ghost.present,
            ghost_place=self._ghost.place,
            prediction=str(shown.prediction or ""),
            viewed=viewed.step if viewed else None,
        )

    def _press(self, key: str) -> None:
        if key in ("enter", "escape"):
            self._runs.answer(accepted=key == "enter")
            return
        asked = asked_by(key, self._state())
        if isinstance(asked, ShowDialog):
            self._panel.open(asked)
        elif asked is not None:
            self._act(asked)

    def _act(self, action: Action) -> None:
        match action:
            case SetView(options):
                self._view_options = options
                self._memory.show(options.at_rest())
                self._draw()
            case PreviewRegion(region):
                self._region = region
                self._draw()
            case SetOutputs(paths):
                self._outputs.paths = paths
            case OpenScan(path):
                self._runs.open([path])
            case commands.Reset():
                self._runs.reset()
            case Reload():
                self._runs.reload()
            case SetPreset(preset):
                self._runs.choose(preset)
                self._memory.choose(preset)
            case Answer(number, accepted):
                self._runs.answer(accepted=accepted, number=number)
            case ViewPast(step):
                self._past.view(step)
            case MoveInPast(by):
                self._past.move(by)
            case Branch():
                self._branch()
            case HoldGhost():
                self._hold(on=True)
            case LetGhostGo():
                self._hold(on=False)
            case HoldPrediction():
                self._hold_prediction()
            case ContinueFromPrediction():
                self._runs.continue_from_prediction()
            case PlaceGhost(place):
                self._ghost.place = place
                self._draw()
            case UndoSetting():
                self._set(self._undo.back(now=time.monotonic()))
            case RedoSetting():
                self._set(self._undo.forth(now=time.monotonic()))
            case PanelMoved(place):
                self._memory.place_panel(place)
            case Export(content):
                self._outputs.export(content)
            case RecordPast():
                self._outputs.replay(self._past.timeline[:], self._view_options)
            case SetRecording(recording):
                self._outputs.recording = recording
            case SeeFrom(path):
                self._outputs.see_from(path)
            case Resume(path):
                self._runs.resume(path)
            case Record(on):
                self._outputs.record(on=on)
            case RestartEngine():
                self._session.restart()
            case PanelClosed():
                self._open = False
            case _:
                self._undo.note(action, now=time.monotonic())
                self._session.send(action)

    def _hold(self, *, on: bool) -> None:
        """Hold the mesh shown as a ghost, or let go of the one that is held."""
        if on:
            self._ghost.hold(self._past.viewed or self._snapshot)
        else:
            self._ghost.let_go()
        self._draw()

    def _hold_prediction(self) -> None:
        """Hold what the network has seen as a ghost beside the mesh shown."""
        prediction = self._snapshot.prediction
        if prediction is not None:
            self._ghost.hold_prediction(prediction, beside=self._past.viewed or self._snapshot)
            self._draw()

    def _branch(self) -> None:
        """Go on from the earlier state that is shown, with its settings."""
        viewed = self._past.viewed
        if viewed is None or viewed.cloud is None or viewed.cloud.normals is None or not self._session.alive:
            return
        points, normals = viewed.cloud.points, viewed.cloud.normals
        restore = commands.Restore(points, normals, viewed.step, viewed.requested, viewed.changes)
        self._runs.branch(restore, lambda: self._go_on_from(restore))

    def _go_on_from(self, restore: commands.Restore) -> None:
        if restore.parameters is not None:
            self._undo.note(commands.SetParameters(restore.parameters), now=time.monotonic())
        self._session.send(restore)
        self._past.view(None)

    def _set(self, setting: Setting | None) -> None:
        """Send what an undo or a redo came to, if there was anything."""
        if setting is not None:
            self._session.send(setting)


def _in_view(question: Question | None) -> tuple[str, ...]:
    """What the 3D window shows of a question."""
    if question is None:
        return ()
    return question.text, f"Enter: {question.accept}    Escape: {question.decline}"
