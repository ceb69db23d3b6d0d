"""What several test files share."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests import display_driver as person


@pytest.fixture(autouse=True)
def _configuration_apart(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The settings of the windows are read from and written to a folder of the test, not the user's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))


@pytest.fixture
def display(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A virtual screen of its own; the test's environment, which names it.

    ``@pytest.mark.parametrize("display", ["1280x800"], indirect=True)`` gives it another size than 1920x1080, and
    "3840x2160@192" dots per inch as well.
    """
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            missing(f"{program} is not installed; try: apt-get install xvfb xdotool")
    size, _, dpi = getattr(request, "param", "1920x1080").partition("@")
    with person.virtual_screen(size) as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        if dpi:
            person.set_dpi(int(dpi))
        yield dict(os.environ)


def missing(reason: str) -> None:
    """Skip a test for what this machine lacks; where SAP_VIEWER_CI is set nothing may be lacking."""
    if os.environ.get("SAP_VIEWER_CI"):
        pytest.fail(reason)
    pytest.skip(reason)
