"""Small networks, and the published one."""

from pathlib import Path

import pytest
import torch

from sap_core.learned import OrientedPointsNetwork, Variant
from tests.conftest import missing

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
GRID = Variant(features="grid", resolution=8, offsets=2, width=8, levels=2)
PLANES = Variant(features="planes", resolution=16, offsets=3, width=8, levels=3)


def network(variant: Variant, *, seed: int = 0) -> OrientedPointsNetwork:
    """With random weights, none of them zero."""
    torch.manual_seed(seed)
    made = OrientedPointsNetwork(variant)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return made.eval()


def published(name: str) -> Path:
    """A reference file of the published code, which lies beside the repository where it is developed."""
    if not FIXTURES.is_dir():
        missing(f"the reference values of the published network are not in {FIXTURES}")
    return FIXTURES / name


@pytest.fixture
def cloud() -> torch.Tensor:
    """(2, 300, 3) points in the unit cube, some of them on its border."""
    points = torch.rand(2, 300, 3, generator=torch.Generator().manual_seed(1))
    points[0, 0], points[0, 1] = 0.0, 1.0
    return points
