"""The figures of a method on a scan with fine detail, measured against the exact surface."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.relief import Body
from benchmarks.triangle_distance import nearest_on_mesh
from sap_core.geometry import FloatArray, Mesh
from sap_core.mesh.metrics import chamfer_l1
from sap_core.mesh.sampling import sample_surface
from sap_core.mesh.topology import topology

PLAIN_SAMPLES = 200_000
_PERCENTS = (0.05, 0.1, 0.2)


@dataclass(frozen=True)
class DetailRow:
    """One method on one scan. Lengths are in units of the longest edge of the box around the body.

    Distances are from points spread evenly over either surface to the other surface itself, the faces of the mesh or
    the formula of the body, so that there are no gaps between samples to be measured.

    Attributes:
        case, method: by name.
        points: of the scan.
        resolution: the finest grid that a step used, or that the octree could have.
        seconds: wall time from the scan in memory to the mesh, with estimated normals.
        cpu_seconds: the same of all threads; where others compute as well, it is lengthened less.
        normals_seconds: wall time of these to estimate normals; None where none were.
        gigabytes: that the process held at most (1e9 bytes), libraries included.
        chamfer_l1: mean distance from either surface to the other, averaged over the two directions.
        f_score_5, f_score_10, f_score_20: harmonic mean of the shares of either surface within 0.05, 0.1 and 0.2 % of
            the other.
        normal_consistency: mean absolute cosine between the normals of a point and of the place nearest to it.
        plain_chamfer_l1: between 200,000 samples on either surface, as ``compare`` measures it, gaps included.
        faces: of the mesh.
        components: of the mesh: parts that share no vertex.
        boundary_edges: of the mesh: edges of one face.
        failure: why there is no mesh.
    """

    case: str
    method: str
    points: int
    resolution: int | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    normals_seconds: float | None = None
    gigabytes: float | None = None
    chamfer_l1: float | None = None
    f_score_5: float | None = None
    f_score_10: float | None = None
    f_score_20: float | None = None
    normal_consistency: float | None = None
    plain_chamfer_l1: float | None = None
    faces: int | None = None
    components: int | None = None
    boundary_edges: int | None = None
    failure: str | None = None

    def of(self, mesh: Mesh, body: Body) -> "DetailRow":
        """The row with the measures of a mesh, from as many samples of it as there are of the body."""
        drawn = sample_surface(mesh, body.density, rng=np.random.default_rng(0))
        on_body = body.nearest(drawn.points)
        on_mesh = nearest_on_mesh(body.spread.points, mesh)
        assert drawn.normals is not None, "samples of a surface have normals"
        assert on_body.normals is not None, "points of a body have normals"
        assert body.spread.normals is not None, "points of a body have normals"
        to_body = np.linalg.norm(drawn.points - on_body.points, axis=1) / body.edge
        to_mesh = on_mesh.distances / body.edge
        cosines = _cosine(drawn.normals, on_body.normals), _cosine(body.spread.normals, on_mesh.normals)
        close = [_f_score(to_body, to_mesh, percent / 100) for percent in _PERCENTS]
        parts = topology(mesh)
        return replace(
            self,
            chamfer_l1=float(to_body.mean() + to_mesh.mean()) / 2,
            f_score_5=close[0],
            f_score_10=close[1],
            f_score_20=close[2],
            normal_consistency=sum(cosines) / 2,
            plain_chamfer_l1=chamfer_l1(drawn.points[:PLAIN_SAMPLES], body.spread.points[:PLAIN_SAMPLES]) / body.edge,
            faces=len(mesh.faces),
            components=parts.components,
            boundary_edges=parts.boundary_edges,
        )


def _cosine(normals: FloatArray, others: FloatArray) -> float:
    return float(np.abs((normals * others).sum(1)).mean())


def _f_score(distances: FloatArray, back: FloatArray, threshold: float) -> float:
    precision, recall = float((distances < threshold).mean()), float((back < threshold).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
