"""The models that a network learns from: published ones, one's own meshes, or shapes made by chance."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import platformdirs
import torch
from tqdm import tqdm

from sap_core.io import MESH_SUFFIXES
from sap_core.learned.making import divided, make_of_mesh, make_of_shape
from sap_core.learned.models import write_list
from sap_core.validate.error import InputError

T = TypeVar("T")


def shapes_folder(cache: Path | None, count: int, *, seed: int, resolution: int, sigma: float) -> Path:
    """Where that many shapes are kept, made now unless they are there.

    Returns:
        A folder in the published layout.
    """
    root = _kept(cache, f"shapes-{seed}-{resolution}-{sigma:g}")
    make = partial(make_of_shape, root, seed=seed, resolution=resolution, sigma=sigma)
    _divide(root, _made(make, range(count), what="shapes"))
    return root


def meshes_folder(cache: Path | None, meshes: Path, *, resolution: int, sigma: float) -> tuple[Path, list[str]]:
    """Where the models made of all meshes in a folder are kept, made now unless they are there.

    Returns:
        A folder in the published layout, and a sentence for each mesh that could not be used.

    Raises:
        InputError: the folder holds no mesh that can be used.
    """
    files = sorted(path for path in meshes.rglob("*") if path.suffix.lower() in MESH_SUFFIXES)
    if not files:
        raise InputError(f"{meshes} holds no meshes ({', '.join(MESH_SUFFIXES)}): give a folder of watertight ones")
    name = hashlib.sha256(str(meshes.resolve()).encode()).hexdigest()[:12]
    root = _kept(cache, f"meshes-{name}-{resolution}-{sigma:g}")
    made = _made(partial(_attempt, root, resolution=resolution, sigma=sigma), files, what="meshes")
    folders = [entry for entry in made if isinstance(entry, Path)]
    refused = [entry for entry in made if isinstance(entry, str)]
    if not folders:
        raise InputError(f"none of {len(files)} meshes in {meshes} can be used; the first failure: {refused[0]}")
    _divide(root, folders)
    return root, refused


def _attempt(root: Path, path: Path, *, resolution: int, sigma: float) -> Path | str:
    try:
        return make_of_mesh(root, path, resolution=resolution, sigma=sigma)
    except InputError as error:
        return str(error)


def _made(make: Callable[..., T], of: Sequence[object], *, what: str) -> list[T]:
    with ProcessPoolExecutor(os.cpu_count(), initializer=_alone) as pool:
        return list(
            tqdm(pool.map(make, of, chunksize=4), total=len(of), desc=f"making {what}", unit="model", disable=None)
        )


def _alone() -> None:
    torch.set_num_threads(1)  # each process has a core


def _kept(cache: Path | None, name: str) -> Path:
    return (cache or Path(platformdirs.user_cache_dir("sap-viewer")) / "training") / name


def _divide(root: Path, folders: Iterable[Path]) -> None:
    for split, chosen in divided(sorted(folders)).items():
        write_list(root, split, chosen)
