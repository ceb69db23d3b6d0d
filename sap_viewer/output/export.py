"""What a snapshot holds, as files in the scan's own coordinates."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sap_core.io import write_cloud, write_mesh
from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_core.whole_file import whole_file
from sap_viewer.snapshot import Snapshot

PICTURE_SUFFIXES = (".png", ".jpg")


class Written(NamedTuple):
    """What came of writing a file, in a sentence for the user."""

    path: Path
    sentence: str
    succeeded: bool


def attempt(export: Callable[[Snapshot, Path], None], snapshot: Snapshot, path: Path) -> Written:
    """Export, and put into words what came of it; nothing is raised for a path that cannot be written."""
    return written(lambda: export(snapshot, path), path, f"wrote {path} at step {snapshot.step}")


def written(write: Callable[[], None], path: Path, sentence: str) -> Written:
    """Write, and put into words what came of it: the sentence, or why nothing was."""
    try:
        write()
    except InputError as error:
        return Written(path, str(error), succeeded=False)
    except OSError as error:
        return Written(path, f"cannot write {path}: {error.strerror or error}", succeeded=False)
    return Written(path, sentence, succeeded=True)


def export_mesh(snapshot: Snapshot, path: Path) -> None:
    """Write the mesh in the format that the suffix names, one of ``sap_core.io.MESH_SUFFIXES``.

    Raises:
        InputError: there is no mesh yet, or the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    if snapshot.mesh is None:
        raise InputError("there is no mesh to export yet; load a scan and let it run")
    write_mesh(snapshot.mesh, path)


def export_cloud(snapshot: Snapshot, path: Path) -> None:
    """Write the oriented points as PLY.

    Raises:
        InputError: there are no points yet, or the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    if snapshot.cloud is None:
        raise InputError("there are no points to export yet; load a scan")
    write_cloud(snapshot.cloud, path)


def write_picture(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a picture (H, W, 3) in the format that the suffix names, one of ``PICTURE_SUFFIXES``.

    Raises:
        InputError: the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    check_output(path, suffixes=PICTURE_SUFFIXES, kind="picture")
    with whole_file(path) as temporary:
        Image.fromarray(pixels).save(temporary)
