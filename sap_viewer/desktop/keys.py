"""What the keys ask for. Both windows have them, and the help page lists them."""

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

MEANINGS = {  # in the order of the help page
    "space": "run or pause",
    "s": "one step",
    "r": "reset to step 0 and pause",
    "d": "draw the points afresh",
    "n": "solve for the normals anew",
    "f": "turn the normals inside out",
    "left": "look at the state before",
    "right": "look at the state after",
    "end": "back to now",
    "b": "branch from the state shown",
    "p": "predict: let a network see the scan",
    "g": "hold the mesh, or let it go",
    "ctrl+z": "undo a setting or crop",
    "ctrl+shift+z": "set again what was undone",
    "e": "export the mesh",
    "v": "start or finish a recording",
    "o": "open a scan",
    "F1": "show all keys",
}
_WRITTEN = {
    "left": "left arrow",
    "right": "right arrow",
    "end": "End",
    "ctrl+z": "Ctrl+Z",
    "ctrl+shift+z": "Ctrl+Shift+Z",
}
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


def written(key: str) -> str:
    """The name of a key for people."""
    return _WRITTEN.get(key, key)


def said_of(key: str, state: PanelState) -> str:
    """What the 3D window says at once when a key is pressed; nothing where it asks for nothing."""
    if key not in MEANINGS or asked_by(key, state) is None:
        return ""
    return f"{written(key)}: {MEANINGS[key]}"


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
        case "g" if state.held is None:
            return HoldGhost() if state.faces > 0 else None
        case "g":
            return LetGhostGo()
        case "left" | "right" if not len(state.kept_steps):
            return None
        case "b" | "end" if state.viewed is None:
            return None
    if key in _OF_THE_RUN:
        return _OF_THE_RUN[key] if state.steerable else None
    return _OF_THE_WINDOW[key]
