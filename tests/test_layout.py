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


def test_windows_stand_where_they_were_left() -> None:
    view, panel = arrange((1920, 1080), view_size=(900, 700), panel=(1000, 40, 500, 800))
    assert view[2:] == (900, 700)
    assert panel == (1000, 40, 500, 800)


@pytest.mark.parametrize("panel", [(1900, 20, 420, 1000), (-50, 20, 420, 700), (10, 10, 420, 1500), (10, 10, 5, 5)])
def test_a_place_that_this_screen_does_not_have_is_given_up(panel: tuple[int, int, int, int]) -> None:
    assert arrange((1280, 800), view_size=(1800, 900), panel=panel) == arrange((1280, 800))


def test_the_panel_is_wider_where_the_screen_asks_for_larger_text() -> None:
    (_, ordinary), (view, large) = arrange((3840, 2160)), arrange((3840, 2160), scale=2.0)
    assert large.width == 2 * ordinary.width
    assert view.x + view.width < large.x
