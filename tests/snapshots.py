"""Snapshots of known content, as an engine would publish them."""

import numpy as np
import torch

from sap_core.frame import UnitFrame
from sap_core.geometry import Mesh, PointCloud
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import Spread
from sap_core.solver.lattice import DenseLattice
from sap_core.solver.levels import Level, Potential
from sap_viewer.engine.slicing import slice_field
from sap_viewer.snapshot import Snapshot
from tests.scans import ball_mesh


def ball_snapshot(
    *, offset: np.ndarray | float = 0.0, scale: float = 1.0, field: torch.Tensor | None = None
) -> Snapshot:
    """A ball's points, mesh and one slice across each axis, through the middle.

    Args:
        offset, scale: where the unit sphere lies, and how large it is.
        field: (R, R, R) the indicator field; by default that of the ball.
    """
    ball = ball_mesh()
    vertices = scale * ball.vertices + offset
    frame = UnitFrame.around(vertices)
    cloud = PointCloud(vertices, 0.01 * ball.vertices)
    mesh = Mesh(vertices, ball.faces)
    field = ball_field() if field is None else field
    potential = potential_of(field)
    slices = tuple(slice_field(potential, len(field), frame, axis=axis, position=0.5) for axis in range(3))
    return Snapshot(run=1, name="ball", bounds=frame.bounds, status="running", cloud=cloud, mesh=mesh, slices=slices)


def agreement_with(*, missed: float = 0.0, invented: float = 0.0) -> Agreement:
    """That of a ball with its scan, in which these shares of points and area are amiss."""
    return Agreement(
        from_mesh=Spread(0.01, 0.02, 0.04),
        from_scan=Spread(0.01, 0.02, 0.03),
        points=1_000,
        near=0.1,
        missed=missed,
        scan_parts=1,
        lost_parts=0,
        small_parts=0,
        invented_beyond=0.2,
        invented=invented,
        parts=1,
        stray_parts=0,
        cell=0.05,
        fill_volume=False,
        doubled=0.0,
        gap=0.0,
        spacing=0.01,
    )


def potential_of(field: torch.Tensor) -> Potential:
    """That whose indicator field is this one (R, R, R), between -1 and 1."""
    return Potential((Level(DenseLattice(len(field)), field.atanh()),), torch.zeros(()), torch.ones(()))


def ball_field(resolution: int = 32) -> torch.Tensor:
    """(R, R, R) of the ball that fills the unit cube up to the margin: -0.46 inside, 0.46 outside."""
    nodes = torch.arange(resolution) / resolution - 0.5
    x, y, z = torch.meshgrid(nodes, nodes, nodes, indexing="ij")
    return torch.tanh(torch.clamp(20 * ((x**2 + y**2 + z**2).sqrt() - 0.45), -0.5, 0.5))
