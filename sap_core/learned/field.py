"""The indicator field of what a network gives: the Poisson layer, and where it sets the level."""

from torch import Tensor

from sap_core.learned.network import Variant
from sap_core.solver.grid import gather
from sap_core.solver.poisson import PoissonSolver


class FieldLayer:
    """Oriented points -> indicator field before ``tanh``, at one resolution and smoothing; differentiable."""

    def __init__(self, variant: Variant, resolution: int, sigma: float) -> None:
        self._solver = PoissonSolver(resolution, sigma)
        self._by_weight = variant.level == "weights"

    def __call__(self, points: Tensor, normals: Tensor) -> Tensor:
        """Points and normals (B, N, 3) in the unit cube -> (B, R, R, R), negative inside."""
        field: Tensor = self._solver(points, normals)
        if not self._by_weight:
            return field
        weights = normals.norm(dim=-1, keepdim=True)
        there = gather(field.unsqueeze(1), points)
        level = (weights * there).sum(1) / weights.sum(1)
        field = field - level.view(-1, 1, 1, 1)
        return 0.5 * field / field[:, :1, :1, :1].abs()
