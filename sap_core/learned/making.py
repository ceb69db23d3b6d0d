"""Models in the published layout made of meshes and of shapes by chance, with fields by the Poisson layer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, PointCloud
from sap_core.io import read_mesh
from sap_core.learned.models import FIELD_FILE, Split, write_model
from sap_core.learned.shapes import make_shape
from sap_core.mesh.sampling import sample_surface
from sap_core.solver.poisson import PoissonSolver
from sap_core.validate.points import check_surface

SURFACE_POINTS = 30_000  # of a model; at 64 nodes some 4 to a cell of the surface
_HELD_BACK = 20  # one model of so many is for validation, and one for tests


def make_of_shape(root: Path, index: int, *, seed: int, resolution: int, sigma: float) -> Path:
    """Make a shape by chance a model, unless it is there; the same for the same seed and index.

    Returns:
        Its folder.
    """
    folder = root / "shapes" / f"{index:06d}"
    if not (folder / FIELD_FILE).exists():
        _, cloud = make_shape(np.random.default_rng([seed, index]), SURFACE_POINTS)
        write_model(folder, cloud, _field_of(cloud, resolution, sigma))
    return folder


def make_of_mesh(root: Path, path: Path, *, resolution: int, sigma: float) -> Path:
    """Make a watertight mesh a model, unless it is there.

    Returns:
        Its folder, named after the file and the folder that the file is in.

    Raises:
        InputError: the file cannot be read, or the mesh is not closed.
    """
    folder = root / path.parent.name / path.name
    if not (folder / FIELD_FILE).exists():
        mesh = read_mesh(path)
        check_surface(mesh, source=str(path))
        cloud = sample_surface(mesh, SURFACE_POINTS, rng=np.random.default_rng(0))
        unit = PointCloud(UnitFrame.around(mesh.vertices).to_unit(cloud.points), cloud.normals)
        write_model(folder, unit, _field_of(unit, resolution, sigma))
    return folder


def divided(folders: Sequence[Path]) -> dict[Split, list[Path]]:
    """Which models are for training, validation and tests; fewer than three are for all of them."""
    if len(folders) < 3:
        return {"train": [*folders], "val": [*folders], "test": [*folders]}
    held = max(1, len(folders) // _HELD_BACK)
    return {"train": [*folders[2 * held :]], "val": [*folders[:held]], "test": [*folders[held : 2 * held]]}


def _field_of(cloud: PointCloud, resolution: int, sigma: float) -> FloatArray:
    points, normals = (torch.tensor(array, dtype=torch.float32) for array in (cloud.points, cloud.normals))
    field: FloatArray = PoissonSolver(resolution, sigma)(points, normals).numpy()
    return field
