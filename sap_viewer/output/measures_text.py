"""The measures of a mesh as a person reads them."""

from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import BoundingBox, Measures, Spread
from sap_viewer.snapshot import Closeness

TIMES = "\N{MULTIPLICATION SIGN}"


def size(box: BoundingBox) -> str:
    """The lengths of a box along x, y and z."""
    return f" {TIMES} ".join(map(length, box.size))


def length(value: float) -> str:
    """Three digits, or all that stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def structure(measures: Measures) -> str:
    """In how many parts the mesh is, and whether it is closed."""
    parts = "1 part" if measures.components == 1 else f"{measures.components:,} parts"
    return f"{parts}, {'watertight' if measures.watertight else 'open'}"


def extent(measures: Measures) -> str:
    """Area and volume; an open mesh has no volume."""
    volume = "" if measures.volume is None else f", volume {length(measures.volume)}"
    return f"area {length(measures.area)}{volume}"


def distance(spread: Spread) -> str:
    """Mean, 95th percentile and maximum."""
    return f"mean {length(spread.mean)}, 95 % {length(spread.within_95_percent)}, max {length(spread.largest)}"


def closeness(found: Closeness) -> str:
    """To a reference: Chamfer-L1, F-score at 1 % and normal consistency."""
    return f"Chamfer-L1 {found.chamfer_l1:.5f}, F {found.f_score:.3f}, normals {found.normal_consistency:.3f}"


def in_words(measures: Measures, agreement: Agreement | None = None) -> str:
    """All of them in one line, with the distances both ways."""
    counted = f"{measures.vertices:,} vertices, {measures.faces:,} faces, {structure(measures)}"
    far = "" if measures.distance is None else f"; mesh to scan: {distance(measures.distance)}"
    back = "" if agreement is None else f"; scan to mesh: {distance(agreement.from_scan)}"
    return f"{counted}; size {size(measures.box)}, {extent(measures)}{far}{back}"
