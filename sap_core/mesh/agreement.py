"""How far a mesh and its scan agree, and the sentences for a person who is about to trust it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sap_core.mesh.measures import Spread

FEWEST = 16  # points that bear a part, as many as a spacing is taken from
CELLS_ACROSS = 8  # of the grid, below which nothing is left of a part's shape
MISSED = 0.01  # share of the points: the most isolated percent may be stray ones
_INVENTED = 0.02  # share of the area
_DOUBLED = 0.1  # share of the places


@dataclass(frozen=True)
class Agreement:
    """How far a mesh and its scan agree; lengths in units of the scan.

    Attributes:
        from_mesh: from its vertices to the nearest point of the scan each.
        from_scan: from points of the scan to the surface.
        points: how many the scan has.
        near: how far a point may be from the surface that passes by it.
        missed: share of the points that are farther.
        scan_parts: parts of the scan that hang together.
        lost_parts: those of which most points are missed.
        small_parts: those for which the grid is too coarse.
        invented_beyond: distance from the scan at which a surface is no longer a gap between points.
        invented: share of the area that is farther.
        parts: of the mesh, that share no vertex.
        stray_parts: those that lie around too few points to be one, or around few that belong to another.
        cell: edge of a cell of the grid that the mesh was extracted from.
        fill_volume: the points do not lie on a surface.
        doubled: share of the places at which the points lie on two sheets.
        gap: between these.
        spacing: typical distance between neighbouring points.
    """

    from_mesh: Spread
    from_scan: Spread
    points: int
    near: float
    missed: float
    scan_parts: int
    lost_parts: int
    small_parts: int
    invented_beyond: float
    invented: float
    parts: int
    stray_parts: int
    cell: float
    fill_volume: bool
    doubled: float
    gap: float
    spacing: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each reason not to trust the mesh: first what lies with scan or grid, then what came of it."""
        return (*self._causes(), *self._effects())

    def _causes(self) -> Iterator[str]:
        if self.fill_volume:
            yield (
                "the points fill a volume instead of lying on a surface: keep the outermost of them alone, or take the "
                "mesh for a rough hull"
            )
        if self.small_parts:
            yield (
                f"the grid is too coarse for {self.small_parts} of the scan's {self.scan_parts} parts, fewer than "
                f"{CELLS_ACROSS} cells across: reconstruct each by itself, cropped, or choose a higher resolution"
            )
        if self._is_thin:
            finer = f"choose a resolution at least {2 * self.cell / self.gap:.1f} times as high"
            denser = f"scan more densely, for its points are {self.spacing:.3g} apart"
            yield (
                f"{self.doubled:.0%} of the scan is too thin for the grid, with two sides {self.gap:.3g} apart where a "
                f"cell is {self.cell:.3g} wide, so that there may be holes: "
                f"{finer if self.spacing < self.gap else denser}"
            )

    @property
    def _is_thin(self) -> bool:
        """Two sides within a cell are no two surfaces; within two cells, the surface tells whether they became two."""
        fused = self.gap < self.cell or self.from_scan.within_95_percent > self.gap / 2
        return self.doubled >= _DOUBLED and self.gap < 2 * self.cell and fused

    def _effects(self) -> Iterator[str]:
        if self.stray_parts == self.parts:
            yield (
                f"the {self.points:,} points are too few and too far apart for a surface: no part of the mesh has "
                f"{FEWEST} of them; scan more densely"
            )
        elif self.stray_parts:
            alone = "" if self.scan_parts > 1 else "keep the largest part alone, or "
            yield (
                f"the mesh has more parts than the scan: {self.stray_parts:,} of its {self.parts:,} are bits around "
                f"few of the points or none; {alone}choose a lower resolution"
            )
        if not self.fill_volume:
            yield from self._missing()
        if self.invented >= _INVENTED:
            yield (
                f"{_percent(self.invented)} of the surface's area is invented, farther than {self.invented_beyond:.3g} "
                "from all points of the scan: scan what is missing, or trim the mesh"
            )

    def _missing(self) -> Iterator[str]:
        if self.lost_parts:
            yield (
                f"{self.lost_parts} of the scan's {self.scan_parts} parts, {_percent(self.missed)} of its points, "
                f"{'has' if self.lost_parts == 1 else 'have'} no surface near, that is within {self.near:.3g}: solve "
                "for the normals of the points anew, or choose a higher resolution"
            )
        elif self.missed >= MISSED:
            yield (
                f"{_percent(self.missed)} of the scan's points have no surface near, that is within {self.near:.3g}: "
                "unless these are stray points, solve for the normals anew, or choose a higher resolution"
            )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= MISSED else f"{share:.2%}"
