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
from sap_core.geometry import Field, Mesh, PointCloud, read_only
from sap_core.learned.guess import guess
from sap_core.loss import ScanLoss
from sap_core.memory import Budget, Workload
from sap_core.mesh.sampling import main_components, sample_surface
from sap_core.oriented_points import OrientedPoints
from sap_core.scan.preparation import prepare
from sap_core.schedule import Schedule
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.solver.surface import MultilevelLayer, PublishedLayer, Surface, SurfaceLayer
from sap_core.start import StartingPoints, guessed_points, solved_normals, starting_points
from sap_core.validate.points import as_cloud
from sap_core.validate.settings import check_memory, check_settings

_SETTLED_OVER = 10  # steps


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
        surface: the one that the last step measured, which is that of the points before the step; after ``refresh``,
            that of the present points.
        notices: what was unusual about the scan and what was done about it.

    Raises:
        InputError: the scan or a setting cannot be used, or memory will not suffice for the finest resolution.
        SurfaceVanished: the points of the start make no surface.
    """

    surface: Surface
    _points: OrientedPoints

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
        self._guess = None
        if settings.init == "learned":
            self._guess = guess(scan, weights=settings.weights, device=settings.device, seed=settings.seed)
        self._scan = prepare(self._believed(scan), samples=preset.samples, rng=rng)
        self.notices = (*(() if self._guess is None else self._guess.notices), *self._scan.notices)
        self._finishing = Finishing(self._scan)
        self.schedule = Schedule.of(settings, sampling=self._scan.sampling)
        self.check_fits(self._parameters)
        self._loss = ScanLoss(
            self._scan.samples,
            as_published=preset.as_published,
            follows_scan=not preset.as_published and settings.init != "sphere",
            device=self.device,
        )
        self._losses: deque[float] = deque(maxlen=_SETTLED_OVER + 1)  # since the values in force changed
        self._settles = settings.steps is None and preset.settled > 0
        self.in_force = first = self.schedule.at(0, self.parameters)
        self._layer = self._layer_at(first.resolution, first.sigma)

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
        resumed.in_force = now = checkpoint.in_force
        resumed._layer = resumed._layer_at(now.resolution, now.sigma)
        resumed._losses.extend(checkpoint.losses)
        resumed.refresh()
        return resumed

    def checkpoint(self) -> Checkpoint:
        """The state between two steps, for ``resume``."""
        return Checkpoint(
            settings=self.settings,
            scan=self.fingerprint,
            notices=self.notices,
            step=self.step_count,
            resamplings=self._resamplings,
            parameters=self.parameters,
            in_force=self.in_force,
            losses=tuple(self._losses),
            generator=dict(self._rng.bit_generator.state),
            optimizer=self._points.state(),
        )

    def reset(self) -> None:
        """Start over from step 0; the parameters stay as they are."""
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
        check_memory(wanted.resolution or self.schedule.finest, self._budget(wanted))

    @property
    def budget(self) -> Budget:
        """What the run needs memory for, and how much there is for it now."""
        return self._budget(self._parameters)

    @property
    def total_steps(self) -> int:
        return self.schedule.total_steps

    @property
    def finished(self) -> bool:
        """Whether the schedule is at its end, or the loss has settled."""
        return self.step_count >= self.total_steps or self._settled

    def step(self) -> float:
        """Take one step with the parameters now set.

        Returns:
            The loss (``loss.ScanLoss``) of the surface that the points made before the step.

        Raises:
            SurfaceVanished: the field has no zero level.
            Diverged: the loss or its gradient is not finite.
            After either the points are those before the step, but for a resampling or a change of their number.
        """
        self._follow_schedule()
        if self.resamples_next:
            self.resample()
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
        self._losses.append(value)
        self.step_count += 1
        return value

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
        normals, said = solved_normals(points, sampling=self._scan.sampling, device=self.device)
        self._replace_points(_along_x(PointCloud(points, normals)))
        return said

    def flip(self) -> None:
        """Turn all normals inside out; Adam starts anew."""
        cloud = self._points.cloud()
        assert cloud.normals is not None, "oriented points have normals"
        self._replace_points(PointCloud(cloud.points, -cloud.normals))

    def refresh(self) -> Surface:
        """Solve for the surface of the present points, without a step."""
        with torch.no_grad():
            self.surface = self._solve()
            self._nearest = self._loss(self.surface)[1]
        return self.surface

    def mesh(self, *, trim: Trim | None = None) -> Mesh:
        """The surface of the present points in the scan's coordinates, with its distance to every scan point.

        It is closed unless it is trimmed, and its faces are counter-clockwise seen from outside.

        Args:
            trim: where to cut it, instead of where the settings say.

        Raises:
            SurfaceVanished: the field has no zero level.
            InputError: trimming leaves nothing.
        """
        self.refresh()
        return self._finishing.finished(
            self.measured_mesh(),
            components=self.settings.components,
            beyond=self.settings.trim if trim is None else trim,
            resolution=self._layer.resolution,
        )

    def measured_mesh(self) -> Mesh:
        """The whole of ``surface``: it lags a step behind the points, and costs nothing.

        Its distances are those to the points that the loss measures, and its colours are those of the nearest of them.
        """
        return self._finishing.measured(self.surface, self._nearest)

    def field(self) -> Field:
        """The indicator field of the present points on the nodes of the grid, negative inside the surface.

        Raises:
            SurfaceVanished: the field has no zero level.
        """
        resolution, low = self._layer.resolution, self.frame.bounds[0]
        potential = self.refresh().potential
        planes = (potential.plane(0, x / resolution, resolution).cpu().numpy() for x in range(resolution))
        values = np.stack(list(planes))
        return Field(read_only(values), read_only(low), self.frame.edge / resolution)

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

    def _believed(self, scan: PointCloud) -> PointCloud:
        """The scan without what the network finds far from the surface."""
        return scan if self._guess is None else scan.take(self._guess.believed)

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
    def _settled(self) -> bool:
        if not self._settles:
            return False
        share = self.schedule.preset.settled
        last_level = self.step_count > self.total_steps - self.schedule.levels[-1].steps
        full = len(self._losses) == self._losses.maxlen
        return last_level and full and self._losses[-1] > (1 - share) * self._losses[0]

    def _diverged(self, how: str) -> Diverged:
        return Diverged(f"{how} at step {self.step_count}: lower the learning rate, or reset")

    def _solve(self) -> Surface:
        return self._layer(self._points.points, self._points.normals)

    def _budget(self, wanted: Parameters) -> Budget:
        count = len(self._scan.cloud)
        workload = Workload(
            scan=count,
            samples=len(self._scan.samples),
            points=wanted.points or max(level.points for level in self.schedule.levels),
            area=count * self._scan.sampling.spacing**2,
            published=self.schedule.preset.as_published,
            device=str(self.device),
        )
        return Budget(workload, available_on(self.device))

    def _follow_schedule(self) -> None:
        """Bring the values of the next step into force."""
        values = self.schedule.at(self.step_count, self.parameters, resamplings=self._resamplings)
        if replace(values, lr=self.in_force.lr) != self.in_force:
            self._losses.clear()  # they measure another surface
        self.in_force = values
        if (values.resolution, values.sigma) != (self._layer.resolution, self._layer.sigma):
            self._layer = self._layer_at(values.resolution, values.sigma)

    def _layer_at(self, resolution: int, sigma: float) -> SurfaceLayer:
        layer = PublishedLayer if self.schedule.preset.as_published else MultilevelLayer
        return layer(resolution, sigma)

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
