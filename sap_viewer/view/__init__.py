"""Drawing scenes with Polyscope, in a window or off-screen; no other part imports Polyscope.

Nor does this module, before a view is opened: the library needs X11's client libraries merely to be imported,
and a run that only writes a mesh has to work on a machine without them.
"""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sap_viewer.view.window import View

Up = Literal["x", "y", "z"]


class RendererError(RuntimeError):
    """Nothing can be drawn here; the message is one sentence for the user."""


class NoDisplayError(RendererError):
    """There is no display to open a window on."""


class NoRendererError(RendererError):
    """There is no OpenGL to draw with off-screen."""


def load_renderer() -> None:
    """Import Polyscope already now, so that ``open_view`` need not.

    Raises:
        NoRendererError: it cannot be imported.
    """
    try:
        import sap_viewer.view.window  # noqa: F401, PLC0415  as the module says
    except ImportError as error:
        raise NoRendererError(f"nothing can be drawn, {error}; --headless with --mesh works without") from error


def open_view(
    *,
    windowed: bool,
    size: tuple[int, int] = (1280, 720),
    title: str = "sap-viewer",
    up: Up = "y",
    scale: float = 1.0,
) -> "View":
    """Open the view. Polyscope is one per process, so opening another one empties and takes over the first.

    Args:
        windowed: a window to be ticked; otherwise pictures alone, which are antialiased.
        size: width and height in pixels.
        title: of the window. A window opened again keeps its title and size.
        up: the axis that points up.
        scale: how many times as large as on an ordinary screen text is.

    Raises:
        NoDisplayError: a window is asked for, and there is no display for it.
        NoRendererError: there is no OpenGL.
    """
    load_renderer()
    from sap_viewer.view.window import View  # noqa: PLC0415

    return View(windowed=windowed, size=size, title=title, up=up, scale=scale)
