"""Starting Polyscope, with settings that keep a frame cheap where the CPU draws it."""

import tempfile
from pathlib import Path
from typing import get_args

import polyscope as ps
from PIL import Image

from sap_viewer.scene.colormaps import MapName, color_table
from sap_viewer.view import NoDisplayError, NoRendererError, RendererError

_BACKGROUND = (0.80, 0.82, 0.86)  # linear; on screen a light grey
_ANTIALIASED = 2560 * 1440  # pixels; four times as many take half a gigabyte, and seconds where the CPU draws
_WINDOW, _OFF_SCREEN, _STAND_IN = "openGL3_glfw", "openGL3_egl", "openGL_mock"


def start(*, windowed: bool, size: tuple[int, int], title: str, scale: float) -> None:
    """Bring Polyscope up with an empty scene, in the state that every view starts from.

    Raises:
        RendererError: as ``open_view`` says.
    """
    backend = _WINDOW if windowed else _OFF_SCREEN
    ps.set_verbosity(0)
    ps.set_errors_throw_exceptions(True)
    ps.set_display_message_popups(False)
    ps.set_use_prefs_file(False)
    ps.set_allow_headless_backends(True)
    ps.set_program_name(title)
    ps.set_SSAA_factor(1)
    ps.set_ui_scale(scale)
    if ps.is_initialized() and ps.get_render_engine_backend_name() != backend:
        ps.shutdown()
    if not ps.is_initialized():
        ps.set_window_size(*size)  # later on, with a window open, this would wait for an event from it
        _init(backend)
        _load_color_maps()
    ps.remove_everything()
    ps.set_build_default_gui_panels(False)
    ps.set_open_imgui_window_for_user_callback(False)
    ps.set_frame_tick_limit_fps_mode("ignore_limits")
    ps.set_enable_vsync(False)
    ps.set_ground_plane_mode("none")  # its shadow costs more than all the rest of the scene
    ps.set_background_color(_BACKGROUND)
    ps.set_automatically_compute_scene_extents(False)
    ps.set_length_scale(1.0)
    ps.set_bounding_box((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
    if not windowed:
        resize(size, scale=scale)


def _init(backend: str) -> None:
    try:
        ps.init(backend)
    except RuntimeError as error:
        ps.init(_STAND_IN)  # without any backend, Polyscope's own exit handler would print a traceback
        raise _refusal(backend) from error


def _load_color_maps() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in get_args(MapName):
            path = str(Path(folder) / f"{name}.png")
            Image.fromarray(color_table(name)[None]).save(path)
            ps.load_color_map(name, path)


def _refusal(backend: str) -> RendererError:
    if backend == _WINDOW:
        return NoDisplayError("there is no display with OpenGL to open a window on; --headless works without one")
    return NoRendererError(
        "there is no OpenGL to render a video with (on Debian and Ubuntu, libegl1 and libgl1-mesa-dri bring one); "
        "--headless with --mesh works without"
    )


def resize(size: tuple[int, int], *, scale: float = 1.0) -> None:
    """Draw pictures of this size off-screen, with text so many times as large.

    They are drawn from twice as many pixels each way, unless these would be too many.
    """
    ps.set_ui_scale(scale)
    ps.set_SSAA_factor(2 if size[0] * size[1] <= _ANTIALIASED else 1)
    ps.frame_tick()  # and only then the size
    ps.set_window_size(*size)
    ps.frame_tick()
