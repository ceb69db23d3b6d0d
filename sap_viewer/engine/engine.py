"""The engine: turns commands into a running reconstruction, and its state into snapshots. Knows no front end."""

import logging
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np

from sap_core.changes import BRANCH, UNTIL, Change, end_of
from sap_core.config import Parameters
from sap_core.crop import Crop
from sap_core.geometry import Mesh, PointCloud
from sap_core.io import read_cloud, read_mesh
from sap_core.memory import Budget
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import Measures, measure
from sap_core.reconstruction import Diverged, Reconstruction, held_by
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.validate.error import InputError
from sap_core.validate.points import check_surface
from sap_core.validate.settings import check_parameters
from sap_viewer import commands
from sap_viewer.engine.beginning import beginning_of
from sap_viewer.engine.foresight import Foresight
from sap_viewer.engine.history import History
from sap_viewer.engine.judge import Judge
from sap_viewer.engine.opened import OpenedScan
from sap_viewer.engine.slicing import slice_field
from sap_viewer.engine.steering import Steering, command_of
from sap_viewer.engine.writing import write
from sap_viewer.moment import rounded
from sap_viewer.pace import Pace
from sap_viewer.snapshot import Saved, Snapshot, Status

_ANSWERS = 16  # that a front end which skips snapshots still finds
_MOST_FACES = 500_000  # of the mesh shown while a run goes on; at rest it is the whole one
_MOST_SHOWN = 200_000  # points of a scan; more would slow the view down, and be no clearer

_log = logging.getLogger(__name__)


class _NotCarriedOut(RuntimeError):
    """A change that was due could not be made, without which the run would be another."""


class Engine:
    """Holds one reconstruction. Whatever fails leaves what was there before, and says so in the status."""

    def __init__(self) -> None:
        self._reconstruction: Reconstruction | None = None
        self._opened: OpenedScan | None = None  # there is one where there is a reconstruction
        self._run = 0
        self._loads_received = 0
        self._status: Status = "empty"
        self._message = ""
        self._stop_at: int | None = None  # None runs on
        self._past_end = False  # asked to run on although it had finished
        self._over_at = -1  # the step at which the run was over, whatever was done to it there
        self._steering = Steering(Parameters())
        self._mesh: Mesh | None = None  # of a run at rest: complete with what the scan lends it, and trimmed
        self._coarse = False  # the mesh is not, since that takes a moment; it follows
        self._measured: tuple[Mesh, Measures] | None = None
        self._compared: tuple[Mesh, Agreement] | None = None  # with the scan
        self._judge: Judge | None = None
        self._foresight = Foresight()
        self._pace = Pace()
        self._slices = commands.SetSlices()
        self._values = commands.SetMeshValues()
        self._shown_scan: PointCloud | None = None
        self._history = History()
        self._saved: deque[Saved] = deque(maxlen=_ANSWERS)
        self._budget: Budget | None = None
        self._handled = 0  # commands
        self.changed = False  # since the last snapshot

    @property
    def running(self) -> bool:
        return self._status == "running"

    def handle(self, command: commands.Command) -> None:
        """Carry out a command; the next snapshot shows what came of it."""
        self.changed = True
        self._handled += 1
        try:
            match command:
                case commands.Load():
                    self._load(command)
                case commands.SetSlices():
                    self._slices = command
                case commands.SetMeshValues():
                    self._values = command
                case commands.SaveCheckpoint() | commands.SaveMesh() | commands.SaveField():
                    self._save(command)
                case _ if self._reconstruction is None:
                    self._message = "open a scan first"
                case _:
                    self._control(self._reconstruction, command)
        except Exception as error:  # a failure is a state to be shown, whatever it is
            self._fail(error)
        if self._reconstruction is not None:
            self._budget = self._reconstruction.budget

    def advance(self) -> None:
        """Take one step of a running reconstruction; where that fails, stop."""
        assert self._reconstruction is not None, "advance() is for a running engine"
        self.changed = True
        before = self._reconstruction.in_force
        try:
            if self._reconstruction.finished or self._reconstruction.step_count == self._over_at:
                self._steering.go_on(self._reconstruction.step_count)
            if self._reconstruction.resamples_next:
                self._history.mark(self._reconstruction.step_count, "resampled")
            started = time.monotonic()
            loss = self._reconstruction.step()
            ended, now = time.monotonic(), self._reconstruction
            self._pace.add(ended - started, resolution=now.in_force.resolution, area=now.schedule.area, now=ended)
            step = now.step_count
            self._history.add(step, loss)
            self._history.mark_changes(step, before, now.in_force, requested=now.parameters)
            self._mesh = self._measured = self._compared = None
            if self._judge is not None and self._judge.due:
                self._judge.glance(step, now.measured_mesh())
            finished = now.finished
            self._change(now)
            over = finished and step >= self._steering.until
            if over:
                self._over_at = step
            due = self._stop_at is not None and step >= self._stop_at
            if due or (over and not self._past_end):
                self._rest(now, over=over)
        except Exception as error:  # as above
            self._fail(error)

    @property
    def unmeasured(self) -> bool:
        """The run rests, and the numbers of its mesh are not known yet."""
        known = self._measures is not None and self._agreement is not None
        known = known and (self._judge is None or self._judge.has_examined(self._mesh))
        return self._status in ("paused", "finished") and not known

    def measure(self) -> None:
        """Complete the mesh of a run at rest, then take its numbers, those against the scan, and against the reference.

        Each of them takes a moment.
        """
        assert self._reconstruction is not None, "measure() is for a run at rest"
        self.changed = True
        try:
            self._mesh = self._mesh or self._reconstruction.measured_mesh()
            if self._coarse:
                self._coarse = False  # also where this fails; the mesh shown then stays
                self._mesh = self._reconstruction.dressed_mesh()
            elif self._measures is None:
                self._measured = self._mesh, measure(self._mesh)
            elif self._agreement is None:
                self._compared = self._mesh, self._reconstruction.agreement(self._mesh)
            elif self._judge is not None:
                self._judge.examine(self._reconstruction.step_count, self._mesh)
        except Exception as error:  # as above
            self._fail(error)

    def snapshot(self) -> Snapshot:
        """The state after the last step, in the scan's coordinates."""
        self.changed = False
        if self._reconstruction is None or self._opened is None:
            return Snapshot(handled=self._handled, status=self._status, message=self._message, saved=tuple(self._saved))
        now, opened = self._reconstruction, self._opened
        total_steps = end_of(self._steering.changes, now.total_steps)
        over = self._over(now) or now.step_count >= total_steps
        return Snapshot(
            run=self._run,
            load=opened.load,
            name=opened.name,
            bounds=now.frame.bounds,
            step=now.step_count,
            total_steps=total_steps,
            progress=1.0 if over else now.schedule.until(total_steps).progress(now.step_count),
            steps_per_second=self._pace.steps_per_second if self.running else 0.0,
            status=self._status,
            message=self._message,
            cloud=now.oriented_points(),
            mesh=self._mesh or now.measured_mesh(most_faces=_MOST_FACES),
            coarse=self._is_coarse(now),
            slices=tuple(
                slice_field(now.surface.potential, now.in_force.resolution, now.frame, axis=axis, position=position)
                for axis, position in enumerate((self._slices.x, self._slices.y, self._slices.z))
                if position is not None
            ),
            values_by=self._values.by,
            scan=self._shown_scan,
            invented_beyond=now.invented_beyond,
            history=self._history.published(),
            requested=now.parameters,
            in_force=now.in_force,
            changes=self._steering.changes,
            saved=tuple(self._saved),
            budget=self._budget,
            crops=opened.crops,
            whole=opened.whole,
            scan_box=opened.box,
            measures=self._measures,
            agreement=self._agreement,
            unit_seconds=self._pace.unit_seconds,
            handled=self._handled,
            comparison=None if self._judge is None else self._judge.published(self._mesh),
            prediction=self._foresight.prediction,
        )

    def _load(self, command: commands.Load) -> None:
        self._loads_received += 1
        scan, notices = command.source, command.notices
        if isinstance(scan, Path):
            cleaned = read_cloud(scan, seed=command.settings.seed, crops=command.crops)
            scan, notices = cleaned.cloud, cleaned.notices
        opened = OpenedScan(command.name, self._loads_received, scan, command.crops)
        reconstruction, steering, said = beginning_of(opened.part, command)
        self._opened, self._reconstruction = opened, reconstruction
        self._shown_scan = _thinned(reconstruction.scan)
        self._pace = Pace()
        self._steering = steering
        self._begin("; ".join((*notices, *said)))
        self._foresight.follow(reconstruction.fingerprint)
        self._refer(command.reference or commands.SetReference(None))
        if command.restore is not None:
            self._restore(reconstruction, command.restore)
        else:
            self._change(reconstruction)
        if self._over(reconstruction) and command.restore is None:
            self._rest(reconstruction)
        elif command.start:
            self._go(reconstruction, stop_at=None)

    def _control(self, now: Reconstruction, command: commands.Command) -> None:
        match command:
            case commands.Start():
                self._message = ""
                self._go(now, stop_at=None)
            case commands.Pause():
                self._rest(now)
            case commands.Step(count):
                self._go(now, stop_at=now.step_count + count)
            case commands.Reset():
                now.reset()
                self._steering = self._steering.started_over(now.parameters)
                self._begin("")
                self._change(now)
            case commands.SetParameters(parameters):
                check_parameters(parameters, now.settings)
                now.parameters = parameters
                self._steering.set(now.step_count, parameters)
            case commands.SetReference():
                self._refer(command)
            case commands.SetCrops(crops):
                self._crop(now, crops)
            case commands.Resample():
                now.resample()
                now.refresh()
                self._note(now, "resample", "resampled")
            case commands.Reorient():
                self._message = "; ".join(now.reorient())
                self._note(now, "reorient", "re-oriented")
            case commands.Flip():
                now.flip()
                self._note(now, "flip", "flipped")
            case commands.Predict():
                self._predict(now, command)
            case commands.Restore():
                self._restore(now, command)

    def _change(self, now: Reconstruction) -> None:
        """Carry out what is due at this step."""
        while (change := self._steering.next(now.step_count)) is not None:
            try:
                if change.what == UNTIL:
                    self._steering.add(change)
                elif change.what == BRANCH:
                    self._branch(now, now.oriented_points(), now.step_count)
                else:
                    self._control(now, command_of(change, now.parameters))
            except InputError as error:
                raise _NotCarriedOut(f"{change.word}, due at step {change.step}, cannot be done: {error}") from error

    def _restore(self, now: Reconstruction, command: commands.Restore) -> None:
        if command.parameters is not None:
            check_parameters(command.parameters, now.settings)
            now.parameters = command.parameters
        self._steering = Steering(held_by(now.settings), command.changes, step=command.step)
        self._steering.set(command.step, now.parameters)
        self._branch(now, PointCloud(command.points, command.normals), command.step)
        self._past_end = now.finished
        self._message = f"continued from step {command.step}"

    def _branch(self, now: Reconstruction, cloud: PointCloud, step: int) -> None:
        """Go on from these oriented points, scan frame, with what they are in a moment that is looked back at."""
        now.restore(rounded(cloud, now.frame.bounds), step)
        if step != self._over_at:
            self._over_at = -1
        self._history.cut(step)
        if self._judge is not None:
            self._judge.cut(step)
        self._note(now, BRANCH, "continued")

    def _refer(self, command: commands.SetReference) -> None:
        """Without a reference that can be used the run goes on all the same."""
        self._judge = None
        try:
            reference = read_mesh(command.source) if isinstance(command.source, Path) else command.source
            if reference is not None:
                check_surface(reference, source=command.name)
                self._judge = Judge(reference, command.name)
        except InputError as error:
            self._message = f"no reference: {error}"
        self._foresight.compare(self._judge)

    def _predict(self, now: Reconstruction, command: commands.Predict) -> None:
        """Without a prediction the run goes on all the same."""
        assert self._opened is not None, "there is a reconstruction of it"
        scan, weights = self._opened.part, command.weights or now.settings.weights
        try:
            self._foresight.ask(scan, weights, settings=now.settings, judge=self._judge)
        except (InputError, MemoryError, RuntimeError) as error:  # the last is torch's where memory runs out
            self._message = f"no prediction: {error}"
        else:
            self._message = f"{self._foresight.prediction}; compare it with the mesh, or continue from it"

    def _note(self, now: Reconstruction, what: str, label: str) -> None:
        """The points are others now, and so is their surface."""
        self._steering.add(Change(now.step_count, what))
        self._history.mark(now.step_count, label)
        self._mesh = None
        if not self.running:
            self._rest(now)

    def _crop(self, now: Reconstruction, crops: tuple[Crop, ...]) -> None:
        assert self._opened is not None, "there is a reconstruction of it"
        opened = replace(self._opened, crops=crops)
        cropped = Reconstruction(opened.part, now.settings)
        cropped.parameters = now.parameters
        went_on = self.running
        self._opened, self._reconstruction = opened, cropped
        self._shown_scan = _thinned(cropped.scan)
        self._foresight.follow(cropped.fingerprint)
        self._steering = self._steering.started_over(cropped.parameters)
        self._begin("; ".join(cropped.notices))
        self._change(cropped)
        if went_on:
            self._go(cropped, stop_at=self._stop_at)

    def _save(self, command: commands.Save) -> None:
        saved = write(command, self._reconstruction, changes=self._steering.changes)
        self._saved.append(saved)
        if isinstance(command, commands.SaveCheckpoint):  # what keeps a run ought to be seen to fail
            self._message = saved.failure or self._message

    def _begin(self, message: str) -> None:
        self._run += 1
        self._mesh, self._coarse = None, False
        self._status, self._message = "paused", message
        self._history = History()
        self._over_at = -1
        if self._judge is not None:
            self._judge.cut(-1)

    def _go(self, now: Reconstruction, *, stop_at: int | None) -> None:
        self._pace.rest()
        self._stop_at, self._past_end = stop_at, self._over(now)
        self._status = "running"

    def _over(self, now: Reconstruction) -> bool:
        """Whether the run does not go on by itself."""
        return now.finished and now.step_count >= self._steering.until

    def _rest(self, now: Reconstruction, *, over: bool | None = None) -> None:
        over = self._over(now) if over is None else over
        self._status = "finished" if over else "paused"
        self._mesh = None
        surface = now.refresh()  # so that what is shown and exported is the surface of the present points
        self._coarse = len(surface.faces) > _MOST_FACES
        self._mesh = now.measured_mesh(most_faces=_MOST_FACES) if self._coarse else now.dressed_mesh()
        if over and now.ending:
            self._message = f"done after {now.step_count} of at most {now.most_steps} steps: {now.ending}"
        if over and self._steering.due:
            change = self._steering.due[0]
            unreached = f"{change.word}, due at step {change.step}, was not reached"
            self._message = "; ".join(filter(None, (self._message, unreached)))

    def _is_coarse(self, now: Reconstruction) -> bool:
        """Whether the mesh shown may be a coarser one: on the way, a refinement shows no other."""
        if self._mesh is not None:
            return self._coarse
        return len(now.surface.faces) > _MOST_FACES or now.schedule.level_at(now.step_count - 1).refines

    def _fail(self, error: Exception) -> None:
        if isinstance(error, InputError):  # refused at the door: what was there goes on
            self._message = str(error)
            return
        self._status = "failed"
        if isinstance(error, (SurfaceVanished, Diverged, _NotCarriedOut)):
            self._message = str(error)
        elif isinstance(error, MemoryError) or "memory" in str(error).lower():  # torch raises RuntimeError on the CPU
            self._message = f"out of memory ({error}): choose a lower resolution, then run again"
        else:
            _log.error("the engine failed", exc_info=error)
            self._message = f"{type(error).__name__}: {error}"

    @property
    def _measures(self) -> Measures | None:
        """Those of the mesh shown, if they are known."""
        if self._measured is None or self._measured[0] is not self._mesh:
            return None
        return self._measured[1]

    @property
    def _agreement(self) -> Agreement | None:
        """That of the mesh shown, if it is known."""
        if self._compared is None or self._compared[0] is not self._mesh:
            return None
        return self._compared[1]


def _thinned(scan: PointCloud) -> PointCloud:
    """All of a scan, or an even part of its rows, for display."""
    return scan.take(np.arange(0, len(scan), -(-len(scan) // _MOST_SHOWN))) if len(scan) > _MOST_SHOWN else scan
