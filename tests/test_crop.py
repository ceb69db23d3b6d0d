import math

import numpy as np
import pytest

from sap_core.crop import Box, Crop, Sphere, crop
from sap_core.geometry import PointCloud
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, colored_ball
from tests.shapes import ball, moved

BALL = ball(2_000)
RIGHT = Box((0.0, -2.0, -2.0), (2.0, 2.0, 2.0))


def test_a_box_keeps_what_lies_in_it_and_cuts_out_what_lies_in_it() -> None:
    inside, outside = crop(BALL, [Crop(RIGHT)]), crop(BALL, [Crop(RIGHT, keep="outside")])
    assert (inside.points[:, 0] >= 0).all()
    assert (outside.points[:, 0] < 0).all()
    assert len(inside) + len(outside) == len(BALL)


def test_a_sphere_keeps_what_lies_in_it() -> None:
    cap = crop(BALL, [Crop(Sphere((0.0, 0.0, 1.0), 0.5))])
    assert (np.linalg.norm(cap.points - [0, 0, 1], axis=1) <= 0.5).all()
    assert len(cap) == pytest.approx(2_000 * 0.5**2 / 4, rel=0.2)  # the area of a cap is that of a disc of its chord


def test_crops_add_up_in_any_order_and_none_keeps_all() -> None:
    top = Crop(Box((-2.0, -2.0, 0.0), (2.0, 2.0, 2.0)))
    one, other = crop(BALL, [Crop(RIGHT), top]), crop(BALL, [top, Crop(RIGHT)])
    assert np.array_equal(one.points, other.points)
    assert len(one) == pytest.approx(500, rel=0.2)
    assert crop(BALL, []) is BALL


def test_normals_and_colours_stay_with_their_points() -> None:
    cloud = colored_ball()
    half = crop(cloud, [Crop(RIGHT)])
    rows = cloud.points[:, 0] >= 0
    assert np.array_equal(half.colors, cloud.colors[rows])
    assert np.array_equal(crop(BALL, [Crop(RIGHT)]).normals, BALL.normals[BALL.points[:, 0] >= 0])


def test_map_coordinates_lose_nothing() -> None:
    x, y, z = MAP_OFFSET
    far = moved(BALL, MAP_OFFSET)
    assert len(crop(far, [Crop(Sphere((x, y, z + 1.0), 0.5))])) == len(crop(BALL, [Crop(Sphere((0.0, 0.0, 1.0), 0.5))]))


def test_a_crop_that_leaves_nothing_is_refused_with_its_numbers() -> None:
    with pytest.raises(InputError, match=r"the crop leaves 0 of 2,000 points, .*: choose another region"):
        crop(BALL, [Crop(Sphere((5.0, 0.0, 0.0), 0.1))])
    assert len(crop(PointCloud(BALL.points[:3]), [])) == 3  # whether a scan has enough points is not asked here


@pytest.mark.parametrize("high", [(1.0, 1.0, 0.0), (1.0, math.nan, 1.0), (1.0, math.inf, 1.0), (-1.0, 1.0, 1.0)])
def test_a_box_without_an_inside_is_refused(high: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="a box needs its lowest x, y, z and then higher ones, got 0, 0, 0 and"):
        Box((0.0, 0.0, 0.0), high)


@pytest.mark.parametrize("radius", [0.0, -1.0, math.nan, math.inf])
def test_a_sphere_without_an_inside_is_refused(radius: float) -> None:
    with pytest.raises(InputError, match="a sphere needs its centre x, y, z and a positive radius, got 0, 0, 0 and"):
        Sphere((0.0, 0.0, 0.0), radius)
