"""A camera: from where the scene is seen, as a value and as a small JSON file in the scan's coordinates."""

import json
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from typeguard import TypeCheckError, check_type
from typing_extensions import Doc

from sap_core.config import Span
from sap_core.geometry import FloatArray
from sap_core.validate.error import InputError
from sap_core.validate.files import check_input, check_output
from sap_core.validate.settings import check_settings
from sap_core.whole_file import whole_file
from sap_viewer.scene.scene import ViewFrame

CAMERA_SUFFIXES = (".json",)
VERSION = 1  # another one is not read
Vector = tuple[float, float, float]
_WELL_WITHIN = 0.92  # of the half width and height of a picture


@dataclass(frozen=True)
class Camera:
    """A perspective camera, in the view frame or in the scan frame.

    Attributes:
        position: of the eye.
        target: the point in the middle of the picture, around which it turns.
        up: the direction that points up in the picture, of any length.
        field_of_view: vertical, in degrees.
    """

    position: Vector
    target: Vector
    up: Vector
    field_of_view: Annotated[float, Doc("Vertical field of view of a camera."), Span(1, 150, unit="degrees")] = 35.0

    def turned(self, degrees: float, *, around: Vector) -> "Camera":
        """Carried around an axis through the target, counter-clockwise as seen from its tip."""
        axis = np.array(around) / np.linalg.norm(around)
        angle = np.radians(degrees)

        def turn(vector: FloatArray) -> FloatArray:
            """Rodrigues' formula."""
            across = np.cross(axis, vector)
            turned: FloatArray = vector + np.sin(angle) * across + (1 - np.cos(angle)) * np.cross(axis, across)
            return turned

        target = np.array(self.target)
        position = target + turn(np.array(self.position) - target)
        return Camera(_vector(position), self.target, _vector(turn(np.array(self.up))), self.field_of_view)

    @property
    def right(self) -> FloatArray:
        """(3,) unit vector that points right in the picture."""
        return self._axes()[0]

    def seeing(self, points: FloatArray, *, aspect: float) -> "Camera":
        """This camera if all points (N, 3) are well within its picture; else one moved back and aside until they are.

        Args:
            aspect: of the picture, its width by its height.
        """
        right, up, back = self._axes()
        seen = points - np.array(self.position)
        depth = seen @ back  # negative in front of the eye
        tall = _WELL_WITHIN * np.tan(np.radians(self.field_of_view) / 2)
        moves, retreat, sees_all = np.zeros(3), 0.0, True
        for axis, slope in ((right, aspect * tall), (up, tall)):
            most, least = (seen @ axis + slope * depth).max(), (seen @ axis - slope * depth).min()
            sees_all = sees_all and most <= 0 <= least  # the planes of the picture's edges, moved to touch the points
            moves = moves + axis * (most + least) / 2
            retreat = max(retreat, (most - least) / (2 * slope))
        if sees_all:
            return self
        eye = np.array(self.position) + moves + retreat * back
        ahead = (depth.min() + depth.max()) / 2 - retreat
        return Camera(_vector(eye), _vector(eye + ahead * back), self.up, self.field_of_view)

    def _axes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Unit vectors that point right and up in the picture, and back to the eye."""
        back = np.array(self.position) - np.array(self.target)
        right = np.cross(self.up, back)
        right, back = right / np.linalg.norm(right), back / np.linalg.norm(back)
        return right, np.cross(back, right), back

    def in_scan(self, frame: ViewFrame) -> "Camera":
        """From the view frame to the scan frame."""
        return self._moved(frame.edge, np.array(frame.center))

    def in_view(self, frame: ViewFrame) -> "Camera":
        """From the scan frame to the view frame."""
        return self._moved(1 / frame.edge, -np.array(frame.center) / frame.edge)

    def _moved(self, factor: float, offset: FloatArray) -> "Camera":
        position, target = (_vector(factor * np.array(point) + offset) for point in (self.position, self.target))
        return Camera(position, target, self.up, self.field_of_view)


def write_camera(camera: Camera, path: Path) -> None:
    """Write a camera in the scan frame.

    Raises:
        InputError: the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    check_output(path, suffixes=CAMERA_SUFFIXES, kind="camera")
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps({"version": VERSION, **asdict(camera)}, indent=1) + "\n")


def read_camera(path: Path) -> Camera:
    """Read a camera in the scan frame.

    Raises:
        InputError: the file cannot be read, or holds no camera that could see anything.
    """
    check_input(path, suffixes=CAMERA_SUFFIXES, kind="camera")
    try:
        contents = json.loads(path.read_text())
        version = contents.pop("version")
        camera = Camera(**{name: check_type(_with_tuples(value), _KINDS[name]) for name, value in contents.items()})
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, TypeCheckError) as error:
        raise InputError(f"{path} is no camera: it needs {', '.join(('version', *_KINDS))} and nothing else") from error
    if version != VERSION:
        raise InputError(f"{path} is a camera of version {version}, and this program reads {VERSION}")
    _check(camera, source=str(path))
    return camera


_KINDS: dict[str, Any] = {"position": Vector, "target": Vector, "up": Vector, "field_of_view": float}


def _check(camera: Camera, *, source: str) -> None:
    if not all(map(isfinite, (*camera.position, *camera.target, *camera.up, camera.field_of_view))):
        raise InputError(f"the camera {source} has a number that is NaN or infinite")
    try:
        check_settings(camera)
    except InputError as error:
        raise InputError(f"the camera {source} cannot be used: {error}") from error
    direction = np.array(camera.target) - np.array(camera.position)
    if not np.linalg.norm(np.cross(direction, camera.up)) > 1e-9 * np.linalg.norm(direction) * np.linalg.norm(
        camera.up
    ):
        raise InputError(
            f"the camera {source} sees nothing: its position and target are one point, or its up is along its view"
        )


def _vector(values: FloatArray) -> Vector:
    x, y, z = values.tolist()
    return x, y, z


def _with_tuples(value: Any) -> Any:
    """JSON has lists for them, and integers where numbers are whole."""
    if isinstance(value, list):
        return tuple(map(_with_tuples, value))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
