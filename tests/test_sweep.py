import pytest

from sap_viewer.scene.sweep import THERE_AND_BACK_S, Sweep
from sap_viewer.scene.view_options import ViewOptions

MOVING = ViewOptions(slice_z_sweep=True)


def test_a_slice_goes_up_and_back_and_starts_where_it_was() -> None:
    sweep = Sweep()
    places = [sweep.moved(MOVING, now=100 + share * THERE_AND_BACK_S).slice_z_at for share in (0, 0.25, 0.5, 0.75, 1)]
    assert places == pytest.approx([0.5, 0.95, 0.5, 0.05, 0.5])


def test_a_place_that_the_user_gives_it_is_where_it_goes_on() -> None:
    sweep = Sweep()
    sweep.moved(MOVING, now=0.0)
    again = ViewOptions(slice_z_sweep=True, slice_z_at=0.2)
    assert sweep.moved(again, now=3.0).slice_z_at == pytest.approx(0.2)
    assert 0.2 < sweep.moved(again, now=3.5).slice_z_at < 0.5
    assert sweep.moved(ViewOptions(), now=4.0) == ViewOptions()
    assert sweep.moved(MOVING, now=9.0).slice_z_at == pytest.approx(0.5)


def test_only_slices_that_are_shown_move() -> None:
    hidden = ViewOptions(slice_z=False, slice_z_sweep=True, slice_x_sweep=True)
    assert Sweep().moved(hidden, now=1.0) == hidden
    both = ViewOptions(slice_x=True, slice_x_sweep=True, slice_x_at=0.05, slice_z_sweep=True)
    sweep = Sweep()
    sweep.moved(both, now=0.0)
    moved = sweep.moved(both, now=THERE_AND_BACK_S / 4)
    assert (moved.slice_x_at, moved.slice_z_at) == pytest.approx((0.5, 0.95))
    assert both.at_rest() == ViewOptions(slice_x=True, slice_x_at=0.05)
