"""The region that a crop would keep or leave out, as lines through the scene."""

import polyscope as ps

from sap_viewer.scene.scene import RegionLayer

_NAME = "region"
_COLOR = (0.85, 0.35, 0.05)
_RADIUS = 0.0015


class RegionLines:
    """Lines that are there while a region is chosen."""

    def __init__(self) -> None:
        self._drawn: RegionLayer | None = None

    def draw(self, layer: RegionLayer | None) -> None:
        """Show this region, or none."""
        if layer == self._drawn:
            return
        self._drawn = layer
        if layer is None:
            ps.remove_curve_network(_NAME)
            return
        nodes, edges = layer.lines()
        lines = ps.register_curve_network(_NAME, nodes, edges, color=_COLOR, material="flat")
        lines.set_radius(_RADIUS, relative=False)
