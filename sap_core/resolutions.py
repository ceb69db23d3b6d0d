"""The resolutions of the grids that a run works on, and what a step on them costs. Arithmetic alone."""

_DENSE = 192  # nodes along an axis, up to which a grid is dense if it can be halved
MOST_DENSE = 256  # nodes along an axis, up to which any even number of them will do
MULTIPLE = 64  # of which a finer grid has to be, so that halving it again and again ends at a small one
_NODES = 450_000  # of a dense grid that cost as much as the share of a step that does not depend on the resolution
_CELLS = 5_500  # that the surface passes on finer grids, likewise


def resolutions_of_levels(resolution: int) -> tuple[int, ...]:
    """Nodes along each axis of the levels from the dense base to the finest grid, each twice as fine."""
    found = [resolution]
    while found[0] > _DENSE and found[0] % 16 == 0:
        found.insert(0, found[0] // 2)
    return tuple(found)


def is_possible(resolution: int) -> bool:
    """Whether there is a grid of so many nodes along each axis."""
    return resolution % (2 if resolution <= MOST_DENSE else MULTIPLE) == 0


def relative_cost(resolution: int, area: float) -> float:
    """Time of a step in units of a very coarse one: a share per point, per node of the base, per cell of the surface.

    Args:
        resolution: of the finest grid.
        area: of the surface, unit frame.
    """
    base, *finer = resolutions_of_levels(resolution)
    cells = area * resolution**2 if finer else 0.0
    return 1 + base**3 / _NODES + cells / _CELLS
