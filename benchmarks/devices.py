"""The same steps and runs on the CPU and on an accelerator: whether they agree, and what they cost.

    python -m benchmarks.devices [--devices cpu cuda] [--resolutions 64 128] [--presets balanced] [--append]

Steps have 20,000 oriented points that lie on the scan of a smooth body; runs have a scan of 50,000 points of it with
0.2 % noise, from memory to the mesh.
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
import tyro
from torch import Tensor

from benchmarks.results import FOLDER, Results
from benchmarks.scale import NOISE, USUAL_POINTS
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from benchmarks.step_cost import LR, POINTS, SIGMA
from benchmarks.stopwatch import Stopwatch
from benchmarks.timed_run import timed_run, warm_up
from sap_core import Mesh, Parameters, PointCloud, Reconstruction, Settings, chamfer_distance, compare
from sap_core.config import PresetName
from sap_core.device import find_device
from sap_core.frame import UnitFrame
from sap_core.memory import GB, predict
from sap_core.mesh.sampling import sample_surface
from sap_core.solver.surface import MultilevelLayer


@dataclass(frozen=True)
class DeviceRow:
    """A step or a run on one device.

    Attributes:
        task: "step at" a resolution, or "run of" a preset.
        device: its name for torch.
        model: the card, or the threads of the CPU.
        seconds: of the run, or the median of the steps.
        steps: that were timed.
        loss_off, gradient_off: how far the first step's loss and gradient are from the CPU's in double precision,
            relative to these; None of a run.
        chamfer_l1: of the run's mesh, against the true surface.
        gigabytes: that the device's allocator held at most (1e9 bytes); None on the CPU.
        predicted: of these, before the run.
    """

    task: str
    device: str
    model: str
    seconds: float
    steps: int
    loss_off: float | None = None
    gradient_off: float | None = None
    chamfer_l1: float | None = None
    gigabytes: float | None = None
    predicted: float | None = None


def main(
    *,
    devices: tuple[str, ...] = ("cpu", "auto"),
    resolutions: tuple[int, ...] = (64, 128, 256, 512),
    presets: tuple[PresetName, ...] = ("fast", "balanced", "best"),
    steps: int = 15,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure steps and runs on each device.

    Args:
        devices: their names for torch; auto is the first accelerator.
        resolutions: grid nodes along each axis, each for some steps.
        presets: each for a run.
        steps: to be timed, after two that are not.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("devices", DeviceRow, append=append, folder=folder)
    done = {(row.task, row.device) for row in results.rows()}
    body = creature()
    names = tuple(dict.fromkeys(str(find_device(name)) for name in devices))
    for name in names:
        warm_up(device=name)
    oriented = sample_surface(body, POINTS, rng=np.random.default_rng(0))
    for resolution in resolutions:
        for name in names:
            if (f"step at {resolution}", name) not in done:
                results.add(_steps(oriented, resolution, device=name, count=steps))
    cloud = scan(body, points=USUAL_POINTS, noise=NOISE)
    for preset in presets:
        for name in names:
            if (f"run of {preset}", name) not in done:
                results.add(_run(cloud, body, preset, device=name))


def _steps(oriented: PointCloud, resolution: int, *, device: str, count: int) -> DeviceRow:
    exact_loss, exact_gradient = _first_step(oriented, resolution, device="cpu", precision=torch.float64)
    loss, gradient = _first_step(oriented, resolution, device=device, precision=torch.float32)
    reconstruction = Reconstruction(oriented, Settings(init="normals", device=device))
    reconstruction.parameters = Parameters(resolution=resolution, sigma=SIGMA, lr=LR, points=POINTS, resample_every=0)
    predicted = predict(resolution, reconstruction.budget.workload)
    _forget_peak(device)
    clock, laps = Stopwatch(), []
    for _ in range(count + 2):
        with clock:
            reconstruction.step()  # reads loss and gradient, and so waits for the device
        laps.append(clock.lap)
    gigabytes = _peak(device)
    return DeviceRow(
        f"step at {resolution}",
        device,
        model_of(device),
        median(laps[2:]),
        count,
        loss_off=abs(loss / exact_loss - 1),
        gradient_off=float((gradient - exact_gradient).norm() / exact_gradient.norm()),
        gigabytes=gigabytes,
        predicted=None if gigabytes is None else predicted / GB,
    )


def _first_step(oriented: PointCloud, resolution: int, *, device: str, precision: torch.dtype) -> tuple[float, Tensor]:
    """The squared Chamfer distance of these points' surface to a ball, and its gradient by points and normals.

    The surface does not lie on the ball, so that neither is next to nothing.

    Returns:
        The distance, and the gradient (2, N, 3) on the CPU.
    """
    unit = UnitFrame.around(oriented.points).to_unit(oriented.points)
    points, normals = (
        torch.tensor(array, dtype=precision, device=device).requires_grad_() for array in (unit, oriented.normals)
    )
    directions = np.random.default_rng(1).normal(size=(POINTS, 3))
    samples = 0.5 + 0.3 * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    surface = MultilevelLayer(resolution, SIGMA)(points, normals)
    loss = chamfer_distance(surface.vertices, torch.tensor(samples, dtype=precision, device=device))
    gradients = torch.autograd.grad(loss, (points, normals))
    return loss.item(), torch.stack([gradient.double().cpu() for gradient in gradients])


def _run(cloud: PointCloud, body: Mesh, preset: PresetName, *, device: str) -> DeviceRow:
    _forget_peak(device)
    run = timed_run(cloud, Settings(preset=preset, device=device), reference=body)
    return DeviceRow(
        f"run of {preset}",
        device,
        model_of(device),
        run.seconds,
        run.steps,
        chamfer_l1=compare(run.mesh, body).chamfer_l1,
        gigabytes=_peak(device),
    )


def _forget_peak(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: str) -> float | None:
    """GB that the allocator of the device has held at most, of which it may not have used all."""
    return torch.cuda.max_memory_reserved(device) / GB if torch.device(device).type == "cuda" else None


def model_of(device: str) -> str:
    """The name of the card, or how many threads of the CPU compute."""
    cuda = torch.device(device).type == "cuda"
    return torch.cuda.get_device_name(device) if cuda else f"{torch.get_num_threads()} threads"


if __name__ == "__main__":
    tyro.cli(main)
