"""What the view shows and how; the panel, the command line and the file of the windows follow from these fields."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal, get_args

import tyro
from typing_extensions import Doc

from sap_core.config import Span

MAX_POINTS = 60_000  # more of either hide the surface that they stand on
MAX_NORMALS = 4_000

Ink = Literal["white", "grey", "black", "sky", "blue", "green", "yellow", "orange", "vermilion", "purple"]
Shading = Literal["smooth", "flat"]
GhostPlace = Literal["over", "beside"]  # where a mesh that is held is drawn
ColorBy = Literal["plain", "scan", "distance", "normal", "curvature"]
Layer = Literal[
    "scan",
    "scan-colors",
    "points",
    "normals",
    "mesh",
    "mesh-edges",
    "legend",
    "slice-line",
    "slice-x",
    "slice-x-sweep",
    "slice-y",
    "slice-y-sweep",
    "slice-z",
    "slice-z-sweep",
]
Solid = Literal["scan", "points", "normals", "mesh", "slice-x", "slice-y", "slice-z"]  # those that others are part of
SOLIDS: tuple[Solid, ...] = get_args(Solid)

# Okabe and Ito 2008: apart for every kind of colour vision. sRGB, 0 to 255.
INKS: dict[Ink, tuple[int, int, int]] = {
    "white": (250, 247, 242),
    "grey": (125, 130, 138),
    "black": (25, 27, 30),
    "sky": (86, 180, 233),
    "blue": (0, 114, 178),
    "green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "orange": (230, 159, 0),
    "vermilion": (213, 94, 0),
    "purple": (204, 121, 167),
}

Switch = Annotated[bool, tyro.conf.Suppress]  # the command line has --show and --hide for all of them
_Radius = Span(0.0005, 0.01, unit="of the cube's edge", logarithmic=True)
_Opacity = Span(0.05, 1.0)
_Place = Span(0.0, 1.0, unit="of the cube's edge")
_SWEEP = "Move the plane across {} back and forth."
_SLICE = "Draw the indicator field on a plane across {}: blue inside, red outside."


@dataclass(frozen=True)
class ViewOptions:
    """What the view shows and how. Lengths are fractions of the unit cube's edge; the scan fills nine tenths of it."""

    show_scan: Annotated[Switch, Doc("Draw the points of the scan, of a large one an even part.")] = False
    scan_color: Annotated[Ink, Doc("Colour of the scan's points, where they do not show their own.")] = "grey"
    scan_radius: Annotated[float, Doc("Radius of a drawn point of the scan."), _Radius] = 0.0015
    scan_opacity: Annotated[float, Doc("Opacity of the scan's points."), _Opacity] = 1.0
    scan_colors: Annotated[Switch, Doc("Draw the scan's points in their own colours, if they have any.")] = True
    show_points: Annotated[Switch, Doc(f"Draw the oriented points, of more than {MAX_POINTS:,} an even part.")] = True
    point_color: Annotated[Ink, Doc("Colour of the oriented points.")] = "blue"
    point_radius: Annotated[float, Doc("Radius of a drawn point."), _Radius] = 0.0015
    point_opacity: Annotated[float, Doc("Opacity of the oriented points."), _Opacity] = 1.0
    show_normals: Annotated[
        Switch, Doc(f"Draw the normals of the oriented points as needles, of {MAX_NORMALS:,} points at most.")
    ] = True
    normal_color: Annotated[Ink, Doc("Colour of the normals.")] = "orange"
    normal_length: Annotated[
        float, Doc("Length of a drawn normal."), Span(0.005, 0.1, unit="of the cube's edge", logarithmic=True)
    ] = 0.02
    normal_opacity: Annotated[float, Doc("Opacity of the normals."), _Opacity] = 1.0
    show_mesh: Annotated[Switch, Doc("Draw the mesh: the zero level of the indicator field.")] = True
    mesh_color: Annotated[Ink, Doc("Colour of the mesh.")] = "white"
    mesh_opacity: Annotated[
        float, Doc("Opacity of the mesh; what is translucent takes several times as long to draw."), _Opacity
    ] = 1.0
    mesh_shading: Annotated[Shading, Doc("Shade the mesh as smooth, or its faces as flat.")] = "smooth"
    mesh_edges: Annotated[Switch, Doc("Draw the edges of the mesh.")] = False
    color_by: Annotated[
        ColorBy,
        Doc(
            "Colour the mesh plainly, as the scan is coloured, by distance to the scan (red where the surface is "
            "invented), by the direction of its normals, or by mean curvature. Colours hide slices, but for their line."
        ),
    ] = "plain"
    show_legend: Annotated[Switch, Doc("Draw what the colours of distance and curvature mean, in videos too.")] = True
    slice_opacity: Annotated[float, Doc("Opacity of the slices."), _Opacity] = 1.0
    slice_line: Annotated[Switch, Doc("Draw the zero level of the field as a line on the slices.")] = True
    slice_x: Annotated[Switch, Doc(_SLICE.format("x"))] = False
    slice_x_at: Annotated[float, Doc("Where the plane cuts x."), _Place] = 0.5
    slice_x_sweep: Annotated[Switch, Doc(_SWEEP.format("x"))] = False
    slice_y: Annotated[Switch, Doc(_SLICE.format("y"))] = False
    slice_y_at: Annotated[float, Doc("Where the plane cuts y."), _Place] = 0.5
    slice_y_sweep: Annotated[Switch, Doc(_SWEEP.format("y"))] = False
    slice_z: Annotated[Switch, Doc(_SLICE.format("z"))] = True
    slice_z_at: Annotated[float, Doc("Where the plane cuts z."), _Place] = 0.5
    slice_z_sweep: Annotated[Switch, Doc(_SWEEP.format("z"))] = False

    def switched(self, *, show: tuple[Layer, ...] = (), hide: tuple[Layer, ...] = ()) -> "ViewOptions":
        """With these layers shown and those hidden; what is in both is hidden."""
        changes = {_switch(layer): on for layers, on in ((show, True), (hide, False)) for layer in layers}
        return replace(self, **changes)  # type: ignore[arg-type]  # all of them are switches

    def only(self, layers: tuple[Solid, ...]) -> "ViewOptions":
        """With these layers and no others, each as it looks; of no layers, as it is."""
        return self.switched(show=layers, hide=tuple(set(SOLIDS) - set(layers))) if layers else self

    def at_rest(self) -> "ViewOptions":
        """With no slice that moves."""
        return replace(self, slice_x_sweep=False, slice_y_sweep=False, slice_z_sweep=False)


def _switch(layer: Layer) -> str:
    """The field that shows a layer."""
    name = layer.replace("-", "_")
    return name if name in {entry.name for entry in fields(ViewOptions)} else f"show_{name}"
