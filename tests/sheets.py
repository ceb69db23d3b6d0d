"""Surfaces without an inside, as scanners leave them: ground, reliefs, what was seen from one side, and rooms."""

from collections.abc import Callable

import numpy as np

from sap_core.geometry import FloatArray

Height = Callable[[FloatArray, FloatArray], FloatArray]


def hill(x: FloatArray, y: FloatArray) -> FloatArray:
    return 0.4 * np.exp(-6 * (x**2 + y**2))


def waves(x: FloatArray, y: FloatArray) -> FloatArray:
    return 0.12 * np.sin(7 * x) * np.cos(5 * y)


def saddle(x: FloatArray, y: FloatArray) -> FloatArray:
    return 0.5 * (x**2 - y**2)


def dome(x: FloatArray, y: FloatArray) -> FloatArray:
    return 0.5 - 0.5 * (x**2 + y**2)


def rough(x: FloatArray, y: FloatArray) -> FloatArray:
    """Relief of all lengths, each octave with half the height of the one before."""
    rng = np.random.default_rng(5)
    height = np.zeros_like(x)
    for octave in range(5):
        for angle, phase in rng.uniform(0, 2 * np.pi, (4, 2)):
            wave = 2.0**octave * 3 * (np.cos(angle) * x + np.sin(angle) * y)
            height += 0.1 * 0.5**octave * np.sin(wave + phase)
    return height


HEIGHTS: dict[str, Height] = {each.__name__: each for each in (hill, waves, saddle, dome, rough)}


def sheet(height: Height, count: int = 6_000, *, noise: float = 0.0, seed: int = 0) -> FloatArray:
    """Points (N, 3) over a square of edge 2, with noise upwards."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1, 1, (2, count))
    return np.stack([x, y, height(x, y) + rng.normal(0, noise, count)], 1)


def scan_lines(height: Height, *, lines: int = 30, along: int = 300, seed: int = 0) -> FloatArray:
    """Points (N, 3) over the same square in lines that lie ten times as far apart as their points."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(-1, 1, along), np.linspace(-1, 1, lines)))
    x, y = np.stack([x, y]) + np.random.default_rng(seed).normal(0, 1e-3, (2, len(x)))
    return np.stack([x, y, height(x, y)], 1)


def facade(count: int = 6_000, *, noise: float = 0.0, seed: int = 0) -> FloatArray:
    """A wall, 2 by 1.4, that looks along -y, with 3 by 2 windows set back by 0.1, and their reveals."""
    rng = np.random.default_rng(seed)
    centres = [(x, z) for x in (-0.6, 0.0, 0.6) for z in (-0.3, 0.3)]
    half_width, half_height, depth = 0.15, 0.18, 0.1
    x, z = rng.uniform(-1, 1, count), rng.uniform(-0.7, 0.7, count)
    set_back = sum((np.abs(x - u) < half_width) & (np.abs(z - w) < half_height) for u, w in centres)
    parts = [np.stack([x, depth * set_back, z], 1)]
    density = count / 2.8
    for u, w in centres:
        for along, across in ((half_width, half_height), (half_height, half_width)):
            for side in (-1, 1):
                number = rng.poisson(2 * along * depth * density)
                a, y = rng.uniform(-along, along, number), rng.uniform(0, depth, number)
                b = np.full(number, side * across)
                upright = along == half_height
                parts.append(np.stack([u + (b if upright else a), y, w + (a if upright else b)], 1))
    points = np.concatenate(parts)
    return points + rng.normal(0, noise, points.shape)


def room(count: int = 8_000, *, noise: float = 0.0, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Walls, floor and ceiling of a room, 2 by 1.6 by 1, and the inward normals."""
    rng = np.random.default_rng(seed)
    edges = np.array([2.0, 1.6, 1.0])
    areas = edges.prod() / edges
    axis = rng.choice(3, count, p=areas / areas.sum())
    outward = np.zeros((count, 3))
    outward[np.arange(count), axis] = rng.choice([-1.0, 1.0], count)
    points = np.where(outward, outward / 2, rng.uniform(-0.5, 0.5, (count, 3))) * edges
    return points + rng.normal(0, noise, points.shape), -outward
