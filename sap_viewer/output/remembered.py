"""How the windows were left, kept for the next start in the user's configuration folder."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from typeguard import TypeCheckError, check_type

from sap_core.config import PresetName
from sap_core.validate.error import InputError
from sap_core.validate.settings import check_settings
from sap_core.whole_file import whole_file
from sap_viewer.scene.view_options import ViewOptions

VERSION = 1  # another one is not read; fields may come and go without a new number
_RECENT = 10


@dataclass(frozen=True)
class Remembered:
    """What one start leaves for the next.

    Attributes:
        view: what the 3D window draws.
        view_size: of the 3D window, width and height in pixels.
        panel: where its window stands, x, y, width and height in pixels.
        panel_scroll: how far down the panel shows, in pixels.
        preset: that was chosen last in the panel.
        recent: scans opened, the latest first.
    """

    view: ViewOptions = field(default_factory=ViewOptions)
    view_size: tuple[int, int] | None = None
    panel: tuple[int, int, int, int] | None = None
    panel_scroll: int = 0
    preset: PresetName | None = None
    recent: tuple[str, ...] = ()

    def opened(self, scan: Path) -> "Remembered":
        """With this scan as the latest one."""
        path = str(scan.resolve())
        others = tuple(other for other in self.recent if other != path)
        return replace(self, recent=(path, *others)[:_RECENT])


def remembered_path() -> Path:
    """The file in the user's configuration folder."""
    return user_config_path("sap-viewer", appauthor=False) / "windows.json"


def recall(path: Path) -> tuple[Remembered, str]:
    """What the last start left, and why that was ignored, if so: a damaged file is worth a sentence and no more."""
    try:
        return _of(json.loads(path.read_text())), ""
    except FileNotFoundError:
        return Remembered(), ""
    except OSError as error:
        reason = error.strerror or str(error)
    except InputError as error:
        reason = str(error)
    except (ValueError, TypeError, LookupError, TypeCheckError):
        reason = "the file is damaged"
    return Remembered(), f"the windows open as at first, not as {path} says: {reason}"


def remember(remembered: Remembered, path: Path) -> None:
    """Keep it for the next start.

    Raises:
        OSError: the file cannot be written; an older one stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps({"version": VERSION, **asdict(remembered)}, indent=1) + "\n")


def forget(path: Path) -> None:
    """Let the windows open as at first.

    Raises:
        OSError: the file cannot be removed.
    """
    path.unlink(missing_ok=True)


def _of(contents: Any) -> Remembered:
    """Of what the file holds.

    Raises:
        InputError: another version, or a value out of its range.
        ValueError, TypeError, LookupError, TypeCheckError: it is nothing that ``remember`` wrote.
    """
    if contents["version"] != VERSION:
        raise InputError(f"it has version {contents['version']}, and this program reads {VERSION}")
    view = ViewOptions(**_known(ViewOptions, contents.get("view", {})))
    check_settings(view)
    remembered = Remembered(**_known(Remembered, {**contents, "view": view}))
    check_settings(remembered)
    return remembered


def _known(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Those of the values that a dataclass has fields for, each of the type of its field."""
    known = {entry.name: entry.type for entry in fields(kind) if entry.name in values}
    return {name: check_type(_with_tuples(values[name]), wanted) for name, wanted in known.items()}


def _with_tuples(value: Any) -> Any:
    """JSON has lists for them."""
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
