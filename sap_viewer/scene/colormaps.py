"""Colour maps that people see alike who cannot tell red from green; ``tests/test_colormaps.py`` holds them to that."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

MapName = Literal["distance", "curvature"]

_WIDTH = 512  # colours in a table
INVENTED_FROM = 0.75  # of the distance map
_INVENTED = (205, 30, 20)

# Powers of the position, ascending, for red, green and blue: fits to the maps of that name in matplotlib, within 0.02.
_VIRIDIS = (
    (0.274, 0.108, -0.327, -4.6, 6.204, 4.752, -5.432),
    (0.006, 1.396, 0.215, -5.758, 14.154, -13.749, 4.642),
    (0.333, 1.387, 0.092, -19.292, 56.656, -65.321, 26.272),
)
_COOLWARM = (
    (0.228, 1.204, 0.094, 2.241, -5.13, 1.414, 0.657),
    (0.289, 2.3, -7.279, 32.223, -74.669, 72.8, -25.633),
    (0.754, 1.559, -1.875, -1.585, -3.742, 9.572, -4.537),
)


def color_table(name: MapName) -> NDArray[np.uint8]:
    """(512, 3) sRGB, from the lowest value to the highest.

    'distance' is viridis up to ``INVENTED_FROM``, and from there on one colour that is nowhere in viridis: a surface so
    far from the scan is invented. 'curvature' is diverging: blue where concave, red where convex.
    """
    if name == "curvature":
        return _sampled(_COOLWARM, _WIDTH)
    near = round(INVENTED_FROM * _WIDTH)
    return np.concatenate([_sampled(_VIRIDIS, near), np.full((_WIDTH - near, 3), _INVENTED, np.uint8)])


def _sampled(powers: tuple[tuple[float, ...], ...], count: int) -> NDArray[np.uint8]:
    positions = np.linspace(0, 1, count)
    colors = np.stack([np.polynomial.polynomial.polyval(positions, channel) for channel in powers], axis=1)
    return (255 * colors.clip(0, 1)).round().astype(np.uint8)
