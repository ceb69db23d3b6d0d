"""What a .glb asks of its readers, which trimesh passes over in silence where it does not know it."""

import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sap_core.validate.files import compressed, needs_extension

_DRACO, _QUANTIZED = "KHR_draco_mesh_compression", "KHR_mesh_quantization"
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_OF_LOOKS = ("KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "KHR_xmp")  # they move no vertex


def check_extensions(path: Path) -> str | None:
    """Refuse a .glb whose vertices only an extension tells that cannot be read here.

    Returns:
        The compression that trimesh has to undo, if there is one.

    Raises:
        InputError: it is compressed, or needs another extension.
        OSError: the file cannot be read. A damaged file may raise whatever parsers raise.
    """
    contents = _json(path)
    required = contents.get("extensionsRequired", [])
    if _DRACO in required and find_spec("DracoPy") is None:
        raise compressed(path, "Draco", extra="draco")
    if any(name in required for name in _MESHOPT):
        raise compressed(path, "meshopt")
    for name in required:
        if name == _QUANTIZED and _has_fractions(contents):
            raise needs_extension(path, name)
        if name not in (_DRACO, _QUANTIZED) and not name.startswith(_OF_LOOKS):
            raise needs_extension(path, name)
    return "Draco" if _DRACO in required else None


def _json(path: Path) -> dict[str, Any]:
    """The first part of the file; nothing of a file that is no .glb."""
    with path.open("rb") as stream:
        start = stream.read(20)
        if len(start) < 20 or not start.startswith(b"glTF"):
            return {}
        (length,) = struct.unpack_from("<I", start, 12)
        contents: dict[str, Any] = json.loads(stream.read(length))
        return contents


def _has_fractions(contents: dict[str, Any]) -> bool:
    """Whether coordinates are whole numbers that stand for fractions, which trimesh takes as they are."""
    primitives = [primitive for mesh in contents.get("meshes", []) for primitive in mesh["primitives"]]
    places = {primitive["attributes"]["POSITION"] for primitive in primitives}
    return any(contents["accessors"][place].get("normalized") for place in places)
