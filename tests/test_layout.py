import pytest

from sap_viewer.desktop.layout import arrange


@pytest.mark.parametrize("screen", [(1280, 800), (1920, 1080), (3840, 2160)])
def test_the_windows_stand_side_by_side_on_the_screen(screen: tuple[int, int]) -> None:
    view, panel = arrange(screen)
    assert view.x + view.width < panel.x
    assert panel.x + panel.width <= screen[0]
    assert view.y + view.height <= screen[1]
    assert panel.width >= 400
    assert view.width > panel.width
