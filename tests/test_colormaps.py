"""The maps are the known ones, and people of every kind of colour vision tell apart what matters."""

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from sap_viewer.scene.colormaps import INVENTED_FROM, color_table

# Machado, Oliveira and Fernandes 2009, complete deficiency; of linear light.
SEEN_BY = {
    "everyone": np.eye(3),
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopes": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def seen(colors: NDArray[np.uint8], by: str) -> NDArray[np.float64]:
    """(N, 3) CIELAB of sRGB colours, in which a difference of 2 is just about noticed."""
    srgb = colors / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x, y, z = (((linear @ np.array(SEEN_BY[by]).T).clip(0, 1) @ XYZ.T) / WHITE).T
    fx, fy, fz = (np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116) for t in (x, y, z))
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def near_and_invented() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    table = color_table("distance")
    edge = round(INVENTED_FROM * len(table))
    return table[:edge], table[edge:]


def test_the_maps_are_viridis_and_coolwarm() -> None:
    for table, name in ((near_and_invented()[0], "viridis"), (color_table("curvature"), "coolwarm")):
        expected = 255 * matplotlib.colormaps[name](np.linspace(0, 1, len(table)))[:, :3]
        assert np.abs(table - expected).max() < 7


@pytest.mark.parametrize("by", SEEN_BY)
def test_what_is_invented_is_told_from_every_distance(by: str) -> None:
    near, invented = near_and_invented()
    assert len(np.unique(invented, axis=0)) == 1
    assert np.linalg.norm(seen(near, by) - seen(invented[:1], by), axis=-1).min() > 15


@pytest.mark.parametrize("by", SEEN_BY)
def test_distances_grow_lighter_and_curvatures_part_at_their_middle(by: str) -> None:
    lightness = seen(near_and_invented()[0], by)[::8, 0]
    assert (np.diff(lightness) > 0).all()
    ends = seen(color_table("curvature")[[0, 255, -1]], by)
    assert min(np.linalg.norm(ends[a] - ends[b]) for a, b in ((0, 1), (1, 2), (0, 2))) > 30
