"""What the keys of the 3D window ask for. The panel has the same keys, and its help page lists them."""

from sap_viewer import commands
from sap_viewer.desktop.messages import (
    Action,
    Branch,
    Export,
    HoldGhost,
    LetGhostGo,
    MoveInPast,
    PanelState,
    Record,
    RedoSetting,
    ShowDialog,
    UndoSetting,
    ViewPast,
)

_OF_THE_RUN: dict[str, Action] = {
    "s": commands.Step(),
    "r": commands.Reset(),
    "d": commands.Resample(),
    "n": commands.Reorient(),
    "f": commands.Flip(),
    "p": commands.Predict(),
    "b": Branch(),
    "ctrl+z": UndoSetting(),
    "ctrl+shift+z": RedoSetting(),
}
_OF_THE_WINDOW: dict[str, Action | ShowDialog] = {
    "left": MoveInPast(-1),
    "right": MoveInPast(1),
    "end": ViewPast(None),
    "o": ShowDialog("open"),
    "F1": ShowDialog("help"),
}


def asked_by(key: str, state: PanelState) -> Action | ShowDialog | None:
    """What a key asks for; None where a button of the panel would be greyed in this state.

    Args:
        key: by a name of ``view.overlay``, but for Enter and Escape, which answer questions.
        state: that the panel is told.

    Raises:
        KeyError: the key asks for nothing in any state.
    """
    match key:
        case "space":
            return (commands.Pause() if state.status == "running" else commands.Start()) if state.steerable else None
        case "e":
            return Export("mesh") if state.exportable else None
        case "v":
            return Record(on=not state.recording) if state.recordable else None
        case "g":
            return LetGhostGo() if state.held is not None else HoldGhost()
    if key in _OF_THE_RUN:
        return _OF_THE_RUN[key] if state.steerable else None
    return _OF_THE_WINDOW[key]
