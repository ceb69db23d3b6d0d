"""The optimisation of Shape As Points: oriented points whose Poisson surface lies on the scan (Peng et al. 2021)."""

import math
from collections import deque
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from sap_core.checkpoint import Checkpoint, Fingerprint
from sap_core.config import PRESETS, Parameters, PresetName, Settings, Trim
from sap_core.device import available_on, find_device
from sap_core.finishing import Finishing
from sap_core.frame import UnitFrame
from sap_core.geometry import Direction, Field, Mesh, PointCloud, read_only
from sap_core.loss import ScanLoss
from sap_core.memory import Budget, Workload
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.sampling import main_components, sample_surface
from sap_core.nearest import Nearest
from sap_core.oriented_points import OrientedPoints
from sap_core.refinement import Judges, Refinement
from sap_core.schedule import Schedule
from sap_core.solver.backing import Backing
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.solver.surface import MultilevelLayer, PublishedLayer, Surface, SurfaceLayer, surface_of
from sap_core.start import StartingPoints, guessed_points, prepare_with_guess, starting_points, with_solved_normals
from sap_core.validate.points import as_cloud
from sap_core.validate.settings import FINEST_DENSE, check_field, check_memory, check_settings

_SETTLED_OVER = 10  # steps
_MISSED = 0.08  # share of the samples' deviation that is no noise, up to which they tell of no detail
_DENSE_ENOUGH = 256  # nodes along each axis
_MISSED_MUCH = 0.25  # above which finer levels gain more than another step
_FACES_MEASURED = 50_000
_MOST_FACES_OF_A_STEP = 500_000  # of the mesh that a step of the refinement shows


class Diverged(RuntimeError):
    """The loss or its gradient is no longer a number; the points are those before the step."""


class Reconstruction:
    """A running optimisation, to be stepped by hand.

        reconstruction = Reconstruction(points)
        while not reconstruction.finished:
            loss = reconstruction.step()
        mesh = reconstruction.mesh()

    Args:
        scan: a cloud or an array (N, 3), in any frame and unit.
        settings: how to reconstruct.

    Attributes:
        in_force: what the last step used.
        fingerprint: of the scan as it came.
        surface: the one that the last step measured, which is that of the points before the step, and of steps that
            refine a coarser level of it; after ``refresh``, that of the present points.
        ending: why the run is over before the end of its schedule, in a few words.
        notices: what was unusual about the scan and what was done about it.

    Raises:
        InputError: the scan or a setting cannot be used, or memory will not suffice for the finest resolution.
        SurfaceVanished: the points of the start make no surface.
    """

    surface: Surface
    _points: OrientedPoints
    _layer: SurfaceLayer
    _facing: Direction | None
    _backing: Backing | None

    def __init__(self, scan: PointCloud | ArrayLike, settings: Settings | None = None) -> None:
        self._set_up(as_cloud(scan), settings or Settings())
        self.notices += self._start.notices
        self.reset()

    def _set_up(self, scan: PointCloud, settings: Settings) -> None:
        """All that follows from scan and settings; where the points are is left open."""
        check_settings(settings)
        self.settings = settings
        self._parameters = held_by(settings)
        self.device = find_device(settings.device)
        preset = PRESETS[settings.preset]
        self.fingerprint = Fingerprint.of(scan.points)
        self._start_rng = rng = np.random.default_rng(settings.seed)
        self._scan, self._guess = prepare_with_guess(scan, settings, rng=rng)
        self.notices = (*(() if self._guess is None else self._guess.notices), *self._scan.notices)
        self._finishing = Finishing(self._scan)
        self.schedule = self._planned = Schedule.of(settings, sampling=self._scan.sampling)
        self.ending = ""
        self._refinement: Refinement | None = None
        self._nearest_yet: Nearest | None = None
        self._surface_points: OrientedPoints | None = None  # that ``surface`` is of, where all of it is known
        self.check_fits(self._parameters)
        self._loss = ScanLoss(
            self._scan.samples,
            as_published=preset.as_published,
            follows_scan=not preset.as_published and settings.init != "sphere",
            device=self.device,
        )
        self._losses: deque[float] = deque(maxlen=_SETTLED_OVER + 1)  # since the values in force changed
        self._settles = settings.steps is None and preset.settled > 0
        self.in_force = self.schedule.at(0, self.parameters)
        self._close_behind(None)  # until it is known what the scan is of

    @classmethod
    def resume(cls, scan: PointCloud | ArrayLike, checkpoint: Checkpoint) -> "Reconstruction":
        """Continue a run as if it had never stopped; on the CPU, to the same bits.

        Args:
            scan: the one that the run began with.
            checkpoint: as ``checkpoint`` gave it.

        Raises:
            InputError: the scan is another, or the settings cannot be used here.
            SurfaceVanished: the points make no surface.
        """
        cloud = as_cloud(scan)
        checkpoint.check_scan(cloud.points)
        resumed = cls.__new__(cls)
        resumed._set_up(cloud, checkpoint.settings)
        resumed.notices = checkpoint.notices
        resumed.parameters = checkpoint.parameters
        resumed.step_count, resumed._resamplings = checkpoint.step, checkpoint.resamplings
        resumed._points = OrientedPoints.resume(checkpoint.optimizer, device=resumed.device)
        resumed._rng = checkpoint.rng()
        resumed.in_force = checkpoint.in_force
        resumed._close_behind(checkpoint.facing)
        resumed._losses.extend(checkpoint.losses)
        resumed.schedule = resumed._planned.lasting(checkpoint.level_steps)
        if checkpoint.refining:
            resumed._refinement = resumed._refinement_of(len(resumed._points))
        if checkpoint.nearest is not None:
            resumed._nearest_yet = Nearest.resume(checkpoint.nearest, device=resumed.device)
        resumed.refresh()
        return resumed

    def checkpoint(self) -> Checkpoint:
        """The state between two steps, for ``resume``."""
        nearest = self._nearest_yet
        return Checkpoint(
            settings=self.settings,
            scan=self.fingerprint,
            notices=self.notices,
            step=self.step_count,
            resamplings=self._resamplings,
            parameters=self.parameters,
            in_force=self.in_force,
            losses=tuple(self._losses),
            level_steps=tuple(level.steps for level in self.schedule.levels),
            refining=self._refinement is not None,
            nearest=None if nearest is None else nearest.state(),
            generator=dict(self._rng.bit_generator.state),
            optimizer=self._points.state(),
            facing=self._facing,
        )

    def reset(self) -> None:
        """Start over from step 0; the parameters stay as they are."""
        self._close_behind(self._start.facing)
        self._set_points(_along_x(self._start.cloud), step=0, resamplings=0)
        self._rng = np.random.default_rng(self.settings.seed)
        self.refresh()

    def restore(self, cloud: PointCloud, step: int) -> None:
        """Continue from oriented points in the scan frame, as ``oriented_points`` gave them at that step.

        Adam and the random numbers start anew, so that what follows depends on these points, the step and the settings.
        """
        every = self.schedule.at(step, self.parameters).resample_every
        unit = PointCloud(self.frame.to_unit(cloud.points), cloud.normals)
        self._set_points(unit, step=step, resamplings=(step - 1) // every if every and step else 0)
        self._rng = np.random.default_rng((self.settings.seed, step))
        if step and self.schedule.level_at(step - 1).refines:
            self._refinement = self._refinement_of(len(self._points))
        self.refresh()

    @property
    def frame(self) -> UnitFrame:
        return self._scan.frame

    @property
    def parameters(self) -> Parameters:
        """What the user holds fixed; may be replaced between any two steps.

        Raises:
            InputError: memory will not suffice for another resolution or number of points; what there was stays.
        """
        return self._parameters

    @parameters.setter
    def parameters(self, wanted: Parameters) -> None:
        held = self._parameters
        if (wanted.resolution, wanted.points) != (held.resolution, held.points):
            self.check_fits(wanted)
        self._parameters = wanted

    def check_fits(self, wanted: Parameters) -> None:
        """Refuse parameters for which memory will not suffice.

        Raises:
            InputError: it says how much is needed, and what would fit.
        """
        check_memory(wanted.resolution or self._finest_asked, self._budget(wanted))

    @property
    def budget(self) -> Budget:
        """What the run needs memory for, and how much there is for it now."""
        return self._budget(self._parameters)

    @property
    def total_steps(self) -> int:
        return self.schedule.total_steps

    @property
    def most_steps(self) -> int:
        """How many steps the run was to take at most."""
        return self._planned.total_steps

    @property
    def finished(self) -> bool:
        """Whether the schedule is at its end; it may have been shortened, and ``ending`` says why."""
        return self.step_count >= self.total_steps

    def step(self) -> float:
        """Take one step with the parameters now set.

        Returns:
            The loss (``loss.ScanLoss``) of the surface that the points made before the step.

        Raises:
            SurfaceVanished: the field has no zero level.
            Diverged: the loss or its gradient is not finite.
            After either the points are those before the step, but for a resampling or a change of their number.
        """
        before = self._layer
        self._follow_schedule()
        if self.resamples_next:
            self.resample()
        refines = self.schedule.level_at(self.step_count).refines
        value = self._refine(before) if refines else self._descend()
        self._losses.append(value)
        self.step_count += 1
        self._shorten_schedule()
        if refines and not self.finished and self.schedule.begins_level(self.step_count):
            self._points = self._onto
        return value

    def _descend(self) -> float:
        """One step of Adam; the loss before it."""
        missing = self.in_force.points - len(self._points)
        if missing < 0:
            self._points.keep(self.in_force.points, rng=self._rng)
        elif missing > 0:
            self._points.add(self._sample_surface(missing))
        surface = self._solve()
        loss, nearest = self._loss(surface)
        value = loss.item()
        if not math.isfinite(value):
            raise self._diverged(f"the loss is {value}")
        # The field of the surface before goes now: the descent needs its memory.
        self.surface, self._nearest = surface.detach(), nearest
        if not self._points.descend(loss, lr=self.in_force.lr):
            raise self._diverged("the gradient of the loss is not finite")
        self._refinement = None
        return value

    def _refine(self, before: SurfaceLayer) -> float:
        """One step of the refinement; the loss before it.

        Args:
            before: the layer of the step before.
        """
        count = min(self.in_force.points, len(self._scan.cloud))
        refinement = self._refinement
        points, normals = self._points.points.detach(), self._points.normals.detach()
        if refinement is None or len(refinement) != count:
            refinement, first = self._refinement_of(count), refinement is None
            points, normals, deviation = refinement.begin(before.potential(points, normals), points, normals)
            if first and self._may_stop:
                self._nearest_yet = Nearest(self._points, before.resolution, before.sigma, deviation, deviation)
        self._let_go()
        potential = self._layer.potential(points, normals)
        correction = refinement.correct(potential, points, normals)
        value = self._loss.of_samples(correction.squared).item()
        if not math.isfinite(value):
            raise self._diverged(f"the loss is {value}")
        self.surface = surface_of(potential, most_faces=_MOST_FACES_OF_A_STEP)
        self._nearest = self._loss.nearest(self.surface.vertices)
        self._surface_points = OrientedPoints.at(points, normals)
        self._refinement, self._missed = refinement, correction.missed
        self._farther = False
        if self._nearest_yet is not None:
            # Points that have not been corrected yet make a surface that is smoothed once more.
            corrected = not self.schedule.begins_level(self.step_count)
            self._farther = corrected and correction.deviation >= self._nearest_yet.last_deviation
            self._nearest_yet = self._nearest_yet.or_nearer(
                self._surface_points, self._layer.resolution, self._layer.sigma, correction.deviation
            )
        self._points = OrientedPoints.at(correction.points, correction.normals)
        self._onto = OrientedPoints.at(correction.onto, correction.normals)
        return value

    def _refinement_of(self, count: int) -> Refinement:
        """Of so many samples."""
        samples = self._scan.more_samples(count, seed=self.settings.seed)
        return Refinement(
            torch.tensor(samples, dtype=torch.float32, device=self.device),
            spacing=self._scan.sampling.of(len(samples)),
            noise=self._scan.sampling.noise,
        )

    def _shorten_schedule(self) -> None:
        """End a level whose loss has settled, and the run where there is nothing left to gain."""
        if not self._settles:
            return
        done = self.step_count
        number = self.schedule.number_at(done - 1)
        level, following = self.schedule.levels[number], self.schedule.levels[number + 1 :]
        if done > self.total_steps or (not level.refines and number < self.schedule.last_descending):
            return
        if level.refines:
            if self._farther:
                self._end("finer grids brought the surface no nearer to the scan")
            elif self._missed <= _MISSED and self._may_stop:
                self._end("the points tell of no more detail")
            if self.finished:
                self._go_to_the_nearest()
                return
            if self._missed > _MISSED_MUCH and following:
                self.schedule = self.schedule.next_level_at(done)
        elif self._loss_has_settled or self.schedule.ends_level(done - 1):
            self.schedule = self.schedule.next_level_at(done)
            if not following or (self._may_stop and self._judges.missed_by(self.surface.potential) <= _MISSED_MUCH):
                self._end("the loss has settled" if self._loss_has_settled else "")
                return
        if following and self.schedule.ends_level(done - 1):
            finer = following[0].resolution
            if not self.budget.fits(finer):  # by the surface found, which may be larger than what was scanned
                self._end(f"memory does not suffice for {finer} nodes along each axis")
        if self.finished:
            self._go_to_the_nearest()

    @property
    def _may_stop(self) -> bool:
        """Whether the run decides by itself how fine it gets."""
        return self._settles and self.settings.resolution is None

    def _go_to_the_nearest(self) -> None:
        """End with the surface that lies nearest to the samples of all that were measured."""
        nearest, self._nearest_yet = self._nearest_yet, None
        if nearest is None:
            return
        grid = nearest.resolution, nearest.sigma
        grids = [(level.resolution, level.sigma) for level in self.schedule.levels]
        if grid not in grids:  # what the user held then need not hold now
            return
        self._points = nearest.points
        if grid == (self._layer.resolution, self._layer.sigma):
            return
        levels = self.schedule.levels[: grids.index(grid) + 1]
        self.schedule = replace(self.schedule, levels=levels).until(self.step_count)
        self._refinement = self._refinement if levels[-1].refines else None
        self._follow_schedule()
        self.refresh()

    def _end(self, why: str) -> None:
        self.schedule, self.ending = self.schedule.over_at(self.step_count), why

    @cached_property
    def _judges(self) -> Judges:
        even = torch.tensor(self._scan.even, dtype=torch.float32, device=self.device)
        sampling = self._scan.sampling
        return Judges(even, spacing=sampling.of(len(even)), noise=sampling.noise)

    @property
    def resamples_next(self) -> bool:
        """Whether the next step begins with a resampling."""
        every = self.schedule.at(self.step_count, self.parameters).resample_every
        return every > 0 and self.step_count > 0 and self.step_count % every == 0

    def resample(self) -> None:
        """Draw the oriented points afresh from the main components of the surface, with unit normals.

        Raises:
            SurfaceVanished: the field has no zero level.
        """
        resamplings = self._resamplings + 1
        count = self.schedule.at(self.step_count, self.parameters, resamplings=resamplings).points
        drawn = _along_x(self._sample_surface(count))
        self._set_points(drawn, step=self.step_count, resamplings=resamplings)

    def reorient(self) -> tuple[str, ...]:
        """Solve for the normals of the present points anew, from where these lie alone; Adam starts anew.

        Returns:
            What is to be said about the normals found.
        """
        points = self._rng.permutation(self._points.cloud().points)
        found = with_solved_normals(points, sampling=self._scan.sampling, device=self.device)
        self._close_behind(found.facing)
        self._replace_points(_along_x(found.cloud))
        return found.notices

    def flip(self) -> None:
        """Turn all normals inside out; Adam starts anew."""
        cloud = self._points.cloud()
        assert cloud.normals is not None, "oriented points have normals"
        self._replace_points(PointCloud(cloud.points, -cloud.normals))

    def refresh(self) -> Surface:
        """Solve for the surface of the present points, without a step."""
        if self._surface_points is self._points:
            self.surface = surface_of(self.surface.potential)
        else:
            self._let_go()
            with torch.no_grad():
                surface = self._solve()
            self.surface = replace(surface, potential=surface.potential.plain())
        self._nearest = self._loss.nearest(self.surface.vertices)
        return self.surface

    def mesh(self, *, trim: Trim | None = None) -> Mesh:
        """The surface of the present points in the scan's coordinates, with its distance to every scan point.

        It is closed unless it is trimmed, and its faces are counter-clockwise seen from outside. Its ``warnings`` say
        where it is not to be trusted.

        Args:
            trim: where to cut it, instead of where the settings say.

        Raises:
            SurfaceVanished: the field has no zero level.
            InputError: trimming leaves nothing.
        """
        self.refresh()
        mesh = self.dressed_mesh(trim=trim)
        return replace(mesh, warnings=self.agreement(mesh).warnings)

    def dressed_mesh(self, *, trim: Trim | None = None) -> Mesh:
        """The whole of ``surface`` as it is, with its distance to every scan point.

        Args:
            trim: as for ``mesh``.

        Raises:
            InputError: trimming leaves nothing.
        """
        return self._finishing.finished(
            self.measured_mesh(),
            components=self.settings.components,
            beyond=self.settings.trim if trim is None else trim,
            resolution=self._layer.resolution,
        )

    def agreement(self, mesh: Mesh) -> Agreement:
        """How far a mesh and the scan agree, and what is to be said about it.

        Args:
            mesh: the whole of ``surface``, as ``dressed_mesh`` gives it.
        """
        return self._finishing.agreement(mesh, resolution=self._layer.resolution, invented_beyond=self.invented_beyond)

    def measured_mesh(self, *, most_faces: int | None = None) -> Mesh:
        """The whole of ``surface``: it lags a step behind the points, and costs nothing.

        Its distances are those to the points that the loss measures, and its colours are those of the nearest of them.

        Args:
            most_faces: of a surface with more, the finest level that has not many more is taken.
        """
        surface, nearest = self.surface, self._nearest
        if most_faces is not None and len(surface.faces) > most_faces and len(surface.potential.levels) > 1:
            surface = surface_of(surface.potential, most_faces=most_faces)
            nearest = self._loss.nearest(surface.vertices)
        return self._finishing.measured(surface, nearest)

    def field(self, resolution: int | None = None) -> Field:
        """The indicator field of the present points on the nodes of a grid, negative inside the surface.

        Args:
            resolution: nodes of the grid along each axis, 512 at most; unless given, as many as the run has.

        Raises:
            SurfaceVanished: the field has no zero level.
            InputError: it would be larger.
        """
        count = resolution or self._layer.resolution
        check_field(count, what="the field", remedy=f"ask for field({FINEST_DENSE})")
        potential = self.refresh().potential
        values = np.empty((count, count, count), np.float32)
        for x in range(count):  # a plane at a time, for all places together would take many times the memory
            values[x] = potential.plane(0, x / count, count).cpu().numpy()
        return Field(read_only(values), read_only(self.frame.bounds[0]), self.frame.edge / count)

    @property
    def scan(self) -> PointCloud:
        """The scan that the surface follows, without stray points, in its own coordinates."""
        return self._scan.cloud

    @property
    def invented_beyond(self) -> float:
        """Distance from the scan, in its units, at which a surface is no longer a gap between points, but invented."""
        return self.frame.edge * self._loss.invented_beyond

    def oriented_points(self) -> PointCloud:
        """The points that carry the surface, in the scan's coordinates; normals with their lengths as area weights."""
        cloud = self._points.cloud()
        return PointCloud(self.frame.to_scan(cloud.points), cloud.normals)

    @cached_property
    def _start(self) -> StartingPoints:
        """Found when they are first needed: a resumed run needs them for a reset alone."""
        count = self.schedule.at(0, held_by(self.settings)).points
        device, rng = self.device, self._start_rng
        if self._guess is not None:
            start = guessed_points(
                self._guess, self._scan, count=count, loss_of=self._first_loss, device=device, rng=rng
            )
        else:
            init, otherwise = self.settings.init, self.schedule.preset.start
            start = starting_points(self._scan, init=init, otherwise=otherwise, count=count, device=device, rng=rng)
        return start.flipped() if self.settings.flip else start

    def _first_loss(self, cloud: PointCloud) -> float:
        """That a run from these points (unit frame) would begin with; infinite where they make no surface."""
        first = self.schedule.at(0, held_by(self.settings))
        points = OrientedPoints(cloud, device=self.device)
        with torch.no_grad():
            try:
                surface = self._layer_at(first.resolution, first.sigma)(points.points, points.normals)
            except SurfaceVanished:
                return math.inf
            return self._loss(surface)[0].item()

    @property
    def _loss_has_settled(self) -> bool:
        full = len(self._losses) == self._losses.maxlen
        return full and self._losses[-1] > (1 - self.schedule.preset.settled) * self._losses[0]

    @property
    def _finest_asked(self) -> int:
        """The resolution that memory has to suffice for; whether a finer one fits is asked when it comes to that."""
        if self.settings.resolution is not None:
            return self._planned.finest
        return max(level.resolution for level in self._planned.levels if not level.refines)

    def _diverged(self, how: str) -> Diverged:
        return Diverged(f"{how} at step {self.step_count}: lower the learning rate, or reset")

    def _solve(self) -> Surface:
        return self._layer(self._points.points, self._points.normals)

    def _let_go(self) -> None:
        """Keep no more of the last field than a slice needs where the next one cannot be solved for."""
        self._surface_points = None
        if hasattr(self, "surface"):
            self.surface = replace(self.surface, potential=self.surface.potential.up_to(_DENSE_ENOUGH))

    def _budget(self, wanted: Parameters) -> Budget:
        count = len(self._scan.cloud)
        workload = Workload(
            scan=count,
            samples=len(self._scan.samples),
            points=wanted.points or self._planned.most_points,
            area=max(self._scan.sampling.area, self._area_found),
            published=self.schedule.preset.as_published,
            device=str(self.device),
        )
        return Budget(workload, available_on(self.device))

    @property
    def _area_found(self) -> float:
        """About the area of the surface found so far, unit frame: that of an open scan is mostly invented."""
        if not hasattr(self, "surface"):
            return 0.0
        every = -(-len(self.surface.faces) // _FACES_MEASURED)
        corners = self.surface.vertices.detach()[self.surface.faces[::every]]
        sides = corners[:, 1:] - corners[:, :1]
        return every * float(torch.linalg.cross(sides[:, 0], sides[:, 1]).norm(dim=1).sum()) / 2

    def _follow_schedule(self) -> None:
        """Bring the values of the next step into force."""
        values = self.schedule.at(self.step_count, self.parameters, resamplings=self._resamplings)
        if replace(values, lr=self.in_force.lr) != self.in_force:
            self._losses.clear()  # they measure another surface
        self.in_force = values
        if (values.resolution, values.sigma) != (self._layer.resolution, self._layer.sigma):
            self._layer = self._layer_at(values.resolution, values.sigma)

    def _layer_at(self, resolution: int, sigma: float) -> SurfaceLayer:
        if self.schedule.preset.as_published:
            return PublishedLayer(resolution, sigma)
        return MultilevelLayer(resolution, sigma, self._backing)

    def _close_behind(self, facing: Direction | None) -> None:
        """Let the surface of a sheet that looks this way close behind it; None where the scan is of a body."""
        self._facing = facing
        self._backing = None if facing is None else Backing(self._scan.samples, np.array(facing))
        self._layer = self._layer_at(self.in_force.resolution, self.in_force.sigma)

    def _sample_surface(self, count: int) -> PointCloud:
        """Of the present points, so that pauses leave no trace; unit frame."""
        self.refresh()
        mesh = Mesh(self.surface.vertices.cpu().numpy(), self.surface.faces.cpu().numpy())
        return sample_surface(main_components(mesh, share=self.schedule.preset.component_share), count, rng=self._rng)

    def _replace_points(self, cloud: PointCloud) -> None:
        """Go on from these points (unit frame) at the step that it is; their surface is solved for."""
        self._set_points(cloud, step=self.step_count, resamplings=self._resamplings)
        self.refresh()

    def _set_points(self, cloud: PointCloud, *, step: int, resamplings: int) -> None:
        """Make these points (unit frame) the state, with a new optimiser."""
        self.step_count, self._resamplings = step, resamplings
        self._losses.clear()
        self._refinement = self._nearest_yet = None
        self.schedule, self.ending = self.schedule.as_it_was_at(step, planned=self._planned), ""
        self._points = OrientedPoints(cloud, device=self.device)
        self._follow_schedule()


def reconstruct(
    scan: PointCloud | ArrayLike,
    /,
    *,
    normals: ArrayLike | None = None,
    preset: PresetName = "balanced",
    **settings: Any,
) -> Mesh:
    """Reconstruct a scan in one call.

    Args:
        scan: a cloud or an array (N, 3), in any frame and unit.
        normals: (N, 3), if the scan is an array and has them.
        preset: the quality of the run: fast, balanced or best; or published.
        settings: other fields of ``Settings``, such as ``resolution=128``.

    Returns:
        A mesh in the coordinates of the scan, closed unless trimmed.

    Raises:
        InputError: the scan or a setting cannot be used.
        SurfaceVanished, Diverged: the optimisation failed, which other settings may cure.
    """
    reconstruction = Reconstruction(as_cloud(scan, normals), Settings(preset=preset, **settings))
    while not reconstruction.finished:
        reconstruction.step()
    return reconstruction.mesh()


def _along_x(cloud: PointCloud) -> PointCloud:
    """Points that share nodes of the grid are then near in memory, which spares a twentieth of a step."""
    return cloud.take(np.argsort(cloud.points[:, 0]))


def held_by(settings: Settings) -> Parameters:
    """What the settings hold fixed from the start; not the resolution, which is only where the schedule ends."""
    return Parameters(
        sigma=settings.sigma, lr=settings.lr, points=settings.points, resample_every=settings.resample_every
    )
