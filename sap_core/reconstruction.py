"""The optimisation of Shape As Points: oriented points whose Poisson surface lies on the scan (Peng et al. 2021)."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sap_core.chamfer import NearestNeighbours, chamfer_distance
from sap_core.config import Parameters, PresetName, Settings
from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.isosurface import SurfaceVanished, marching_cubes
from sap_core.orientation import orient
from sap_core.poisson import PoissonSolver
from sap_core.sampling import main_components, sample_surface, sphere
from sap_core.schedule import Schedule
from sap_core.validate import InputError, as_cloud, check_settings, clean_cloud

_SPHERE_RADIUS = 0.2  # published, in the unit cube


class Diverged(RuntimeError):
    """The loss is no longer a number; the state is that before the step."""


class Surface(NamedTuple):
    """The indicator field and its zero level, in the unit frame."""

    field: Tensor  # (R, R, R), negative inside
    vertices: Tensor  # (V, 3)
    faces: Tensor  # (F, 3)


class Reconstruction:
    """A running optimisation, to be stepped by hand.

        reconstruction = Reconstruction(points)
        while not reconstruction.finished:
            loss = reconstruction.step()
        mesh = reconstruction.mesh()

    Args:
        scan: a cloud or an array (N, 3), in any frame and unit.
        settings: how to reconstruct; ``settings.steps`` decides when it is finished.

    Attributes:
        parameters: what the user holds fixed; may be replaced between any two steps.
        in_force: what the last step used.
        surface: the one that the last step measured, which is that of the points before the step; after ``refresh``,
            that of the present points.
        notices: what was unusual about the scan and what was done about it.

    Raises:
        InputError: the scan or a setting cannot be used.
        SurfaceVanished: the points of the start make no surface.
    """

    surface: Surface
    _logits: Tensor  # (N, 3) of the points in the unit frame, so that they cannot leave it
    _normals: Tensor  # (N, 3)
    _optimizer: torch.optim.Adam

    def __init__(self, scan: PointCloud | ArrayLike, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        check_settings(settings)
        cleaned = clean_cloud(as_cloud(scan), source="the scan")
        self.notices = cleaned.notices
        self.settings = settings
        # The settings' resolution is where the schedule ends, not what every step uses.
        self.parameters = Parameters(
            sigma=settings.sigma, lr=settings.lr, points=settings.points, resample_every=settings.resample_every
        )
        self.schedule = Schedule.of(settings)
        self.frame = UnitFrame.around(cleaned.cloud.points)
        self.device = _find_device(settings.device)
        self._scan = cleaned.cloud
        self._target = self._to_centred(self._float32(self.frame.to_unit(cleaned.cloud.points)))
        self._target_neighbours = NearestNeighbours(self._target)
        first = self.schedule.at(0, self.parameters)
        self._solver = PoissonSolver(first.resolution, first.sigma)
        self.reset()

    def reset(self) -> None:
        """Start over from step 0; the parameters stay as they are."""
        self.step_count = 0
        self._resamplings = 0
        self._rng = np.random.default_rng(self.settings.seed)
        self._follow_schedule()
        self._set_points(self._initial_points(self.in_force.points))
        self.refresh()

    def restore(self, cloud: PointCloud, step: int) -> None:
        """Continue from oriented points in the scan frame, as ``oriented_points`` gave them at that step."""
        if cloud.normals is None:
            raise ValueError("oriented points need normals to continue from, got none")
        self.step_count = step
        every = self.schedule.at(step, self.parameters).resample_every
        self._resamplings = (step - 1) // every if every and step else 0
        self._follow_schedule()
        self._set_points(PointCloud(self.frame.to_unit(cloud.points), cloud.normals))
        self.refresh()

    @property
    def total_steps(self) -> int:
        return self.schedule.total_steps

    @property
    def finished(self) -> bool:
        return self.step_count >= self.total_steps

    def step(self) -> float:
        """Take one step with the parameters now set.

        Returns:
            The loss: squared Chamfer distance between the vertices of the surface and the scan,
            in coordinates where the unit cube is [-1, 1]^3.

        Raises:
            SurfaceVanished: the field has no zero level.
            Diverged: the loss is not finite.
            After either the points are those before the step, but for a resampling or a change of their number.
        """
        self._follow_schedule()
        if self.in_force.points != len(self._logits):
            self._change_count(self.in_force.points)
        for group in self._optimizer.param_groups:
            group["lr"] = self.in_force.lr
        if self.resamples_next:
            self._resample_on_schedule()
        surface = self._solve()
        loss = self._loss(surface)
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(f"the loss is {value} at step {self.step_count}: lower the learning rate, or reset")
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self.surface = Surface(*(tensor.detach() for tensor in surface))
        self.step_count += 1
        return value

    @property
    def resamples_next(self) -> bool:
        """Whether the next step begins with a resampling."""
        every = self.schedule.at(self.step_count, self.parameters).resample_every
        return every > 0 and self.step_count > 0 and self.step_count % every == 0

    def resample(self) -> None:
        """Draw the oriented points afresh from the main components of the surface, with unit normals."""
        self._resamplings += 1
        self.in_force = self.schedule.at(self.step_count, self.parameters, resamplings=self._resamplings)
        self._set_points(self._sample_surface(self.in_force.points))

    def refresh(self) -> Surface:
        """Solve for the surface of the present points, without a step."""
        with torch.no_grad():
            self.surface = self._solve()
        return self.surface

    def mesh(self) -> Mesh:
        """The surface of the present points in the scan's coordinates.

        It is closed, and its faces are counter-clockwise seen from outside.

        Raises:
            SurfaceVanished: the field has no zero level.
        """
        self.refresh()
        return self.measured_mesh()

    def measured_mesh(self) -> Mesh:
        """As ``mesh``, but of ``surface``: it lags a step behind the points, and costs nothing."""
        surface = self.surface
        return Mesh(self.frame.to_scan(surface.vertices.cpu().numpy()), surface.faces.cpu().numpy())

    def oriented_points(self) -> PointCloud:
        """The points that carry the surface, in the scan's coordinates; normals with their lengths as area weights."""
        points = torch.sigmoid(self._logits.detach()).cpu().numpy()
        return PointCloud(self.frame.to_scan(points), self._normals.detach().cpu().numpy().copy())

    def _resample_on_schedule(self) -> None:
        """Resample, unless that loses the surface: then the points stay, and the next step adds those due on it."""
        tolerance = self.schedule.preset.resample_tolerance
        if math.isinf(tolerance):
            self.resample()
            return
        kept = (self._logits, self._normals, self._optimizer)
        with torch.no_grad():
            before = self._loss(self.refresh())
            self.resample()
            try:
                lost = bool(self._loss(self._solve()) > tolerance * before)
            except SurfaceVanished:
                lost = True
        if lost:
            self._logits, self._normals, self._optimizer = kept

    def _loss(self, surface: Surface) -> Tensor:
        return chamfer_distance(self._to_centred(surface.vertices), self._target, b_neighbours=self._target_neighbours)

    def _solve(self) -> Surface:
        field = torch.tanh(self._solver(torch.sigmoid(self._logits), self._normals))
        vertices, faces, _ = marching_cubes(field)
        return Surface(field, vertices, faces)

    def _follow_schedule(self) -> None:
        """Bring the values of the next step into force."""
        self.in_force = values = self.schedule.at(self.step_count, self.parameters, resamplings=self._resamplings)
        if (values.resolution, values.sigma) != (self._solver.resolution, self._solver.sigma):
            self._solver = PoissonSolver(values.resolution, values.sigma)

    def _initial_points(self, count: int) -> PointCloud:
        normals = self._scan.normals
        if self.settings.init == "orientation":
            return self._oriented_scan(count)
        if self.settings.init == "normals" and normals is None:
            raise InputError("the scan has no usable normals to start from: use --init sphere or --init auto")
        if self.settings.init == "sphere" or normals is None:
            return sphere(count, radius=_SPHERE_RADIUS, center=np.full(3, 0.5), rng=self._rng)
        rows = self._rng.permutation(len(normals))[:count]
        unit_normals = normals[rows] / np.linalg.norm(normals[rows], axis=1, keepdims=True)
        return PointCloud(self.frame.to_unit(self._scan.points[rows]), unit_normals)

    def _oriented_scan(self, count: int) -> PointCloud:
        rows = self._rng.permutation(len(self._scan))[:count]
        points = self.frame.to_unit(self._scan.points[rows])
        return PointCloud(points, orient(self._float32(points)).cpu().numpy())

    def _sample_surface(self, count: int) -> PointCloud:
        """Unit frame."""
        surface = self.surface
        mesh = Mesh(surface.vertices.cpu().numpy(), surface.faces.cpu().numpy())
        return sample_surface(main_components(mesh, share=self.schedule.preset.component_share), count, rng=self._rng)

    def _set_points(self, cloud: PointCloud) -> None:
        """Make these points (unit frame) the state, with a new optimiser."""
        self._set_state(self._logits_of(cloud.points), self._float32(cloud.normals))

    def _change_count(self, count: int) -> None:
        """Keep the state: drop random points, or add points on the surface; Adam's moments follow the points."""
        kept = min(count, len(self._logits))
        rows = torch.as_tensor(self._rng.permutation(len(self._logits))[:kept], device=self.device)
        logits, normals = self._logits.detach()[rows], self._normals.detach()[rows]
        moments = [self._optimizer.state[tensor] for tensor in (self._logits, self._normals)]
        if count > kept:
            added = self._sample_surface(count - kept)
            logits = torch.cat([logits, self._logits_of(added.points)])
            normals = torch.cat([normals, self._float32(added.normals) * normals.norm(dim=1).median()])
        self._set_state(logits, normals)
        for tensor, state in zip((self._logits, self._normals), moments, strict=True):
            self._optimizer.state[tensor] = {name: _follow(value, rows, tensor) for name, value in state.items()}

    def _set_state(self, logits: Tensor, normals: Tensor) -> None:
        self._logits = logits.to(self.device).requires_grad_()
        self._normals = normals.to(self.device).requires_grad_()
        self._optimizer = torch.optim.Adam([self._logits, self._normals], lr=self.in_force.lr)

    def _logits_of(self, points: FloatArray) -> Tensor:
        """Unit frame; a surface that was capped at the border reaches half a cell past it."""
        return torch.logit(self._float32(points), eps=1e-4)

    def _float32(self, array: Any) -> Tensor:
        return torch.tensor(array, dtype=torch.float32, device=self.device)

    @staticmethod
    def _to_centred(points: Tensor) -> Tensor:
        """Unit frame -> [-1, 1]^3, in which the published loss is measured."""
        return 2 * points - 1


def reconstruct(
    scan: PointCloud | ArrayLike, /, *, normals: ArrayLike | None = None, preset: PresetName = "quick", **settings: Any
) -> Mesh:
    """Reconstruct a scan in one call.

    Args:
        scan: a cloud or an array (N, 3), in any frame and unit.
        normals: (N, 3), outward, if the scan is an array and has them.
        preset: the schedule of the run.
        settings: other fields of ``Settings``, such as ``resolution=128``.

    Returns:
        A closed mesh in the coordinates of the scan.

    Raises:
        InputError: the scan or a setting cannot be used.
        SurfaceVanished, Diverged: the optimisation failed, which other settings may cure.
    """
    reconstruction = Reconstruction(as_cloud(scan, normals), Settings(preset=preset, **settings))
    while not reconstruction.finished:
        reconstruction.step()
    return reconstruction.mesh()


def _find_device(name: str) -> torch.device:
    if name == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch built without the device raises either
        raise InputError(f"device {name!r} cannot be used here: try --device auto or --device cpu") from error


def _follow(moment: Tensor, rows: Tensor, parameter: Tensor) -> Tensor:
    """A moment of Adam for the kept rows, zero for added ones; the step count is a scalar and stays."""
    if moment.ndim == 0:
        return moment
    followed = torch.zeros_like(parameter)
    followed[: len(rows)] = moment[rows]
    return followed
