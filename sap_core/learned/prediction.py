"""From a scan of any size and frame to oriented points and a mesh, by one pass of a network."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sap_core.device import find_device
from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.learned.belief import belonging
from sap_core.learned.field import FieldLayer
from sap_core.learned.network import OrientedPointsNetwork
from sap_core.learned.turns import MOST_TURNS, seen_turned
from sap_core.mesh.attributes import ScanAttributes
from sap_core.scan.survey import thin
from sap_core.solver.isosurface import marching_cubes
from sap_core.validate.points import as_cloud, clean_cloud

POINTS = 3_000  # that published networks were trained with
_LOOKED_AT = 50_000  # points of a scan, among which those that the network sees are chosen
RESOLUTION = 128
SIGMA = 2.0


class Prediction(NamedTuple):
    """What the network makes of a scan, in the scan's coordinates.

    Attributes:
        mesh: closed; with the distance of every vertex to the scan, and its colours if the scan has any.
        cloud: the oriented points; lengths of normals weigh them.
        notices: one sentence for each thing that was unusual about the scan and what was done about it.
    """

    mesh: Mesh
    cloud: PointCloud
    notices: tuple[str, ...]


def predict(
    scan: PointCloud | ArrayLike,
    network: OrientedPointsNetwork,
    *,
    points: int = POINTS,
    resolution: int = RESOLUTION,
    sigma: float = SIGMA,
    device: str = "auto",
    seed: int = 0,
    turns: int | None = None,
) -> Prediction:
    """Reconstruct a scan by one pass of a network and one of the Poisson layer. Normals of the scan are not used.

    Of a scan with more points than it sees, the network is shown some first that are drawn by chance, and then, for its
    answer, some of those that belong to the surface seen then, drawn so that every part of it counts by its area. Among
    strays these would be strays above all, which lie far apart.

    Args:
        scan: a cloud or an array (N, 3), in any frame and unit.
        network: as ``load_weights`` gives it; it is moved to the device.
        points: that the network sees at most.
        resolution: grid nodes along each axis of the Poisson layer.
        sigma: its smoothing, a Gaussian of sigma/pi grid cells.
        device: as in ``Settings``.
        seed: of the drawing.
        turns: orientations, up to 6, in which the network sees the scan (``turns.seen_turned``). None is all, or one
            for a published network, which then gives the published answer.

    Raises:
        InputError: the scan cannot be used, or there is no such device.
        SurfaceVanished: the oriented points make no surface.
    """
    cleaned = clean_cloud(as_cloud(scan), source="the scan")
    cloud = cleaned.cloud
    rng = np.random.default_rng(seed)
    mixed = cloud.points[rng.permutation(len(cloud))[:_LOOKED_AT]]
    chosen = find_device(device)
    network = network.to(chosen)
    turns = turns or (1 if network.variant.as_published else MOST_TURNS)

    def seen_in(drawn: FloatArray) -> tuple[Mesh, PointCloud]:
        frame = UnitFrame.around(drawn)
        tensor = torch.tensor(frame.to_unit(drawn), dtype=torch.float32, device=chosen).unsqueeze(0)
        with torch.inference_mode():
            mesh, oriented = answer(network, tensor, turns=turns, resolution=resolution, sigma=sigma)
        return (
            Mesh(frame.to_scan(mesh.vertices), mesh.faces),
            PointCloud(frame.to_scan(oriented.points), oriented.normals),
        )

    mesh, oriented = seen_in(mixed[:points])
    if len(mixed) > points:
        own = mixed[belonging(mixed, mesh, rng=rng) > 0.5]
        mesh, oriented = seen_in(thin(own, at_most=points, rng=rng))
    return Prediction(ScanAttributes(cloud).dress(mesh), oriented, cleaned.notices)


def answer(
    network: OrientedPointsNetwork, scan: Tensor, *, turns: int, resolution: int, sigma: float
) -> tuple[Mesh, PointCloud]:
    """The surface and the oriented points that a network sees in a scan (1, N, 3), all in the unit frame.

    Raises:
        SurfaceVanished: the oriented points make no surface.
    """
    places, normals = seen_turned(network, scan, turns=turns)
    field = FieldLayer(network.variant, resolution, sigma)(places, normals)
    vertices, faces, _ = marching_cubes(torch.tanh(field[0]))
    mesh = Mesh(vertices.cpu().numpy().astype(np.float64), faces.cpu().numpy())
    return mesh, PointCloud(places[0].cpu().numpy().astype(np.float64), normals[0].cpu().numpy())
