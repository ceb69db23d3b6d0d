"""The first words between the panel process and the main process.

Apart from the other messages, so that the panel can say them before it loads anything else: the main process waits for
them to open its window.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PanelReady:
    """The panel found a display and waits for ``PlacePanel``.

    Attributes:
        screen: width and height of its usable part, in pixels.
        scale: how many times as large as on an ordinary screen it asks for text and controls.
    """

    screen: tuple[int, int]
    scale: float = 1.0


@dataclass(frozen=True)
class PanelImpossible:
    """The panel cannot be opened, and its process has ended."""

    reason: str


@dataclass(frozen=True)
class PlacePanel:
    """The answer to ``PanelReady``: where the panel's window goes on the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int
    scroll: int = 0  # how far down it shows
    scale: float = 1.0  # how many times as large as on an ordinary screen text and controls are
