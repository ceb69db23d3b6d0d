"""Models to train on, in the published layout: ``<class>/<model>/pointcloud.npz`` and ``psr.npz``, with lists."""

import zipfile
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from sap_core.geometry import FloatArray, PointCloud
from sap_core.validate.contents import missing_arrays
from sap_core.validate.error import InputError
from sap_core.validate.files import damaged
from sap_core.whole_file import whole_file

Split = Literal["train", "val", "test"]
POINTS_FILE, FIELD_FILE = "pointcloud.npz", "psr.npz"


class Model(NamedTuple):
    """A model as it is stored, in the unit frame.

    Attributes:
        points: (M, 3) spread over its surface.
        normals: (M, 3) outward.
        field: (R, R, R) its indicator field before ``tanh``, negative inside.
    """

    points: FloatArray
    normals: FloatArray
    field: FloatArray


def write_model(folder: Path, cloud: PointCloud, field: FloatArray) -> None:
    """Write a model; its folder is made. It is whole once its field is there, which is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    assert cloud.normals is not None
    np.savez(folder / POINTS_FILE, points=cloud.points.astype(np.float32), normals=cloud.normals.astype(np.float32))
    np.savez(folder / FIELD_FILE, psr=field.astype(np.float16))


def read_model(folder: Path) -> Model:
    """Read a model.

    Raises:
        InputError: a file is missing or damaged, or has not the arrays.
    """
    points, normals = _arrays(folder / POINTS_FILE, "points", "normals")
    (field,) = _arrays(folder / FIELD_FILE, "psr")
    if points.ndim != 2 or points.shape[1] != 3 or points.shape != normals.shape or not len(points):
        raise InputError(f"{folder / POINTS_FILE} should hold points (N, 3) with normals, and holds {points.shape}")
    if field.ndim != 3 or len(set(field.shape)) != 1:
        raise InputError(f"{folder / FIELD_FILE} should hold a field (R, R, R), and holds {field.shape}")
    if not (np.isfinite(points).all() and np.isfinite(field).all()):
        raise InputError(f"{folder} holds numbers that are not finite")
    return Model(points, normals, field)


def read_list(root: Path, split: Split) -> list[Path]:
    """The folders of the models that the lists of a split name, in the order of classes and lists.

    Args:
        root: holds a folder for each class, with ``<split>.lst`` and a folder for each model.
        split: which list.

    Raises:
        InputError: there is no such list in any class.
    """
    lists = sorted(root.glob(f"*/{split}.lst"))
    if not lists:
        raise InputError(f"{root} holds no models: no folder in it has a list {split}.lst")
    return [path.parent / name for path in lists for name in path.read_text().split()]


def write_list(root: Path, split: Split, folders: list[Path]) -> None:
    """Write the lists of a split, one for each class."""
    for kind in sorted({folder.parent for folder in folders}):
        names = [folder.name for folder in folders if folder.parent == kind]
        with whole_file(kind / f"{split}.lst") as temporary:  # other processes may be reading it
            temporary.write_text("".join(f"{name}\n" for name in names))


def _arrays(path: Path, *names: str) -> list[FloatArray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            lacking = [name for name in names if name not in arrays]
            if lacking:
                raise missing_arrays(path, found=arrays.files, wanted=names)
            return [np.asarray(arrays[name], np.float32) for name in names]
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged(path) from error
