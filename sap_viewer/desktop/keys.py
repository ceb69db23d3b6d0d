"""What the keys of the 3D window ask for. The panel has the same keys, and its help page lists them."""

from sap_viewer import commands
from sap_viewer.desktop.messages import (
    Action,
    Branch,
    Export,
    HoldGhost,
    LetGhostGo,
    MoveInPast,
    Record,
    RedoSetting,
    ShowDialog,
    UndoSetting,
    ViewPast,
)

_ALWAYS: dict[str, Action | ShowDialog] = {
    "s": commands.Step(),
    "r": commands.Reset(),
    "d": commands.Resample(),
    "n": commands.Reorient(),
    "f": commands.Flip(),
    "left": MoveInPast(-1),
    "right": MoveInPast(1),
    "end": ViewPast(None),
    "b": Branch(),
    "e": Export("mesh"),
    "ctrl+z": UndoSetting(),
    "ctrl+shift+z": RedoSetting(),
    "o": ShowDialog("open"),
    "F1": ShowDialog("help"),
}


def asked_by(key: str, *, running: bool, recording: bool, holding: bool) -> Action | ShowDialog:
    """What a key asks for.

    Args:
        key: by a name of ``view.overlay``, but for Enter and Escape, which answer questions.
        running: whether the run goes on.
        recording: whether a video is being recorded.
        holding: whether a mesh is held as a ghost.

    Raises:
        KeyError: the key asks for nothing.
    """
    match key:
        case "space":
            return commands.Pause() if running else commands.Start()
        case "v":
            return Record(on=not recording)
        case "g":
            return LetGhostGo() if holding else HoldGhost()
    return _ALWAYS[key]
