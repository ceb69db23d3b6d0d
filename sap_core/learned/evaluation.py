"""How near a network comes to the models of a dataset, by the published protocol."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from typing_extensions import Doc

from sap_core.config import Span
from sap_core.geometry import FloatArray, PointCloud
from sap_core.learned.corruption import scatter
from sap_core.learned.models import read_model
from sap_core.learned.network import OrientedPointsNetwork
from sap_core.learned.prediction import answer
from sap_core.learned.turns import MOST_TURNS
from sap_core.mesh.metrics import Metrics, compare
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.validate.error import InputError


@dataclass(frozen=True)
class Protocol:
    """How scans are made of the models, and what is made of the scans."""

    points: Annotated[int, Doc("Points of a scan."), Span(10, 1_000_000, unit="points")] = 3_000
    noise: Annotated[float, Doc("Standard deviation of its noise, in the unit cube."), Span(0.0, 0.2)] = 0.005
    outliers: Annotated[float, Doc("Share of its points spread over the unit cube."), Span(0.0, 0.9)] = 0.0
    turns: Annotated[
        int, Doc("Orientations in which the network sees a scan; published figures are for one."), Span(1, MOST_TURNS)
    ] = 1
    resolution: Annotated[int, Doc("Grid nodes along each axis of the Poisson solver."), Span(16, 512, "nodes")] = 128
    sigma: Annotated[float, Doc("Smoothing of the field: a Gaussian of sigma/pi grid cells."), Span(0.5, 10.0)] = 2.0
    samples: Annotated[int, Doc("Points drawn on either surface."), Span(100, 10_000_000, unit="points")] = 100_000
    seed: Annotated[int, Doc("Seed of the scans and of the drawing."), Span(0, 2**32 - 1)] = 0


@dataclass(frozen=True)
class ModelFigures:
    """What came of one model: the figures, or why there are none."""

    kind: str  # its class
    model: str
    metrics: Metrics | None
    failure: str = ""


def evaluate_models(
    folders: Sequence[Path], network: OrientedPointsNetwork, protocol: Protocol, *, device: torch.device
) -> Iterator[ModelFigures]:
    """Reconstruct a scan of each model; one whose files cannot be used, or without a surface, has no figures."""
    network = network.to(device)
    for index, folder in enumerate(folders):
        kind, name = folder.parent.name, folder.name
        try:
            model = read_model(folder)
            scan = _scan_of(model.points, protocol, np.random.default_rng([protocol.seed, index]))
            seen = torch.tensor(scan, dtype=torch.float32, device=device).unsqueeze(0)
            with torch.inference_mode():
                mesh, _ = answer(
                    network, seen, turns=protocol.turns, resolution=protocol.resolution, sigma=protocol.sigma
                )
            truth = PointCloud(model.points, model.normals)
            yield ModelFigures(kind, name, compare(mesh, truth, samples=protocol.samples, seed=protocol.seed))
        except (InputError, SurfaceVanished) as error:
            yield ModelFigures(kind, name, None, str(error))


def _scan_of(surface: FloatArray, protocol: Protocol, rng: np.random.Generator) -> FloatArray:
    chosen = surface[rng.choice(len(surface), protocol.points, replace=len(surface) < protocol.points)]
    points = chosen + protocol.noise * rng.normal(size=chosen.shape)
    strays = int(protocol.outliers * protocol.points)
    scatter(points[:strays], rng)
    return points
