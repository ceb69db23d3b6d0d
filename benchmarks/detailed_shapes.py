"""Bodies with fine detail of several kinds, whose surface is known exactly; shares are of the longest edge, about 2.

What they have of detail, flat methods lose, and what is not there, eager ones invent.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates, spline_filter
from scipy.spatial.transform import Rotation

from benchmarks.relief import Body, Relief, raise_relief
from sap_core.geometry import FloatArray
from sap_core.learned.sdf import Sdf, ball, box, cylinder, rounded, smooth_union

_FONT = Path(__file__).parents[1] / "sap_viewer/desktop/panel/fonts/Roboto-Medium.ttf"
_WAVELENGTHS = (0.15, 0.05, 0.02, 0.009)  # shares of the diameter
_LINES = (
    "POINTS",
    "Shape As Points",
    "Sphinx of black quartz, judge my vow.",
    "0123456789 ABCDEFGHIJKLM abcdefghijklm & ?!",
)


@cache
def waves(cells: int = 150) -> Body:
    """A ball with waves of four lengths, the shortest 0.9 %, each as steep: three trains, 1/25 of their length high."""
    directions = np.concatenate([Rotation.random(random_state=seed).as_matrix() for seed in range(len(_WAVELENGTHS))])
    lengths = 2 * np.repeat(_WAVELENGTHS, 3)
    trains = directions * (2 * np.pi / lengths)[:, None]

    def height(p: FloatArray) -> FloatArray:
        towards = p / np.linalg.norm(p, axis=-1, keepdims=True)
        return np.sin(towards @ trains.T) @ (lengths / 25)

    return raise_relief(ball(1), height, half_extent=(1, 1, 1), cells=cells)


@cache
def knurl(cells: int = 150) -> Body:
    """A cylinder with the diamonds of a knurled grip, 2.5 % wide; ridges rise at 33 degrees to a radius of 0.2 %."""
    radius, half_length, length = 0.55, 1.0, 0.05
    turns = 60  # of the grooves on the way around
    rise = np.sqrt((2 * np.pi / length) ** 2 - (turns / radius) ** 2)

    def ridges(side: int) -> Relief:
        return lambda p: 0.0051 * np.arcsin(0.95 * np.sin(turns * _angle(p) + side * rise * p[..., 2]))

    diamonds = smooth_union(ridges(1), ridges(-1), blend=0.001)
    relief = _between_ends(diamonds, half_length - 0.1, over=0.05)
    return raise_relief(_rod(radius, half_length), relief, half_extent=(radius, radius, half_length), cells=cells)


@cache
def thread(cells: int = 330) -> Body:
    """A rod with a metric thread: the pitch is 2.5 % of its length, with 60 degrees between the flanks."""
    radius, half_length, pitch = 0.13, 1.0, 0.05
    # From the axis, in pitches: the root is 1/4 wide, the crest 1/8, and the depth is that of the flanks between.
    corners = np.array([0, 1 / 8, 7 / 16, 9 / 16, 7 / 8, 1])
    places = np.arange(2048) / 2048
    flat = np.interp(places, corners, np.array([0, 0, 1, 1, 0, 0]) * 5 / 16 * np.sqrt(3))
    smooth = gaussian_filter1d(flat, 0.05 * len(places), mode="wrap")  # edges of a twentieth of the pitch
    profile = CubicSpline(np.append(places, 1), np.append(smooth, smooth[0]), bc_type="periodic")

    def height(p: FloatArray) -> FloatArray:
        return pitch * profile((p[..., 2] / pitch - _angle(p) / (2 * np.pi)) % 1)

    relief = _between_ends(height, half_length - 0.12, over=0.08)
    return raise_relief(_rod(radius, half_length), relief, half_extent=(radius, radius, half_length), cells=cells)


@cache
def letters(cells: int = 150) -> Body:
    """A plate with raised letters, 0.6 % high, of strokes from 2.5 % down to 0.4 %; their edges are as wide as high."""
    half = (1.0, 0.65, 0.06)
    height_map = _Lettering(1.75, 1.2)
    plate = rounded(box(np.array(half) - 0.04), 0.04)
    return raise_relief(plate, lambda p: np.where(p[..., 2] > 0, height_map(p), 0.0), half_extent=half, cells=cells)


BODIES: dict[str, Callable[..., Body]] = {body.__name__: body for body in (waves, knurl, thread, letters)}


class _Lettering:
    """Height of letters over the plane z = 0: each line is as large as the width allows.

    Args:
        width: of the lines.
        height: of all of them, which are spread over it.
    """

    _PIXEL = 0.001
    _HEIGHT = 0.012
    _BLUR = 0.0045  # the deviation; from a tenth of the height to nine take 2.6 times as much

    def __init__(self, width: float, height: float) -> None:
        margin = 10 * self._BLUR
        drawn = _draw_lines(*(int(length / self._PIXEL) for length in (width, height, margin)))
        self._low = -np.array([width, height]) / 2 - margin
        self._coefficients = spline_filter(gaussian_filter(self._HEIGHT * drawn, self._BLUR / self._PIXEL))

    def __call__(self, p: FloatArray) -> FloatArray:
        column, row = np.moveaxis((p[..., :2] - self._low) / self._PIXEL, -1, 0)
        return map_coordinates(self._coefficients, [row, column], prefilter=False, mode="constant")


def _draw_lines(width: int, height: int, margin: int) -> FloatArray:
    """Lines of letters as a picture from 0 to 1, indexed up and to the right, with a margin on all sides."""
    image = Image.new("L", (width + 2 * margin, height + 2 * margin))
    fonts = [ImageFont.truetype(_FONT, 100 * width / ImageFont.truetype(_FONT, 100).getlength(line)) for line in _LINES]
    spans = [font.getbbox(line)[1::2] for font, line in zip(fonts, _LINES, strict=True)]  # top and bottom
    gap = (height - sum(bottom - top for top, bottom in spans)) / (len(_LINES) - 1)
    place = float(margin)
    for line, font, (top, bottom) in zip(_LINES, fonts, spans, strict=True):
        ImageDraw.Draw(image).text((margin, place - top), line, fill=255, font=font)
        place += bottom - top + gap
    return np.asarray(image, float)[::-1] / 255


def _rod(radius: float, half_length: float) -> Sdf:
    """A cylinder along z with rounded edges."""
    rounding = 0.02
    return rounded(cylinder(2, radius - rounding, half_length - rounding), rounding)


def _angle(p: FloatArray) -> FloatArray:
    """The angle around the z axis."""
    return np.arctan2(p[..., 1], p[..., 0])


def _between_ends(relief: Relief, half_length: float, *, over: float) -> Relief:
    """A relief that fades out along z beyond the half length, over so much."""

    def height(p: FloatArray) -> FloatArray:
        share = np.clip((half_length + over - np.abs(p[..., 2])) / over, 0, 1)
        return share**2 * (3 - 2 * share) * relief(p)

    return height
