"""The network that ships, on a few of the models of ``benchmarks.learned``, none of which it has learnt from."""

import pytest

from benchmarks import shapes
from benchmarks.learned import CORRUPTIONS, LearnedRow, corrupted, learned_tables
from sap_core import Mesh, compare, reconstruct
from sap_core.learned import predict, shipped_weights
from sap_core.learned.weights import SHIPPED

# Chamfer-L1 in thousandths of the longest edge, as measured when it was trained.
MEASURED = {
    ("creature", "noise 0.5 %"): 5.23,
    ("creature", "noise 2.5 %"): 8.28,
    ("creature", "noise 0.5 %, half outliers"): 6.36,
    ("bracket", "noise 0.5 %"): 9.34,
    ("bracket", "noise 2.5 %"): 13.17,
    ("bracket", "noise 0.5 %, half outliers"): 11.26,
}


@pytest.fixture(scope="module")
def models() -> dict[str, Mesh]:
    return {model.__name__: model(resolution=100) for model in (shapes.creature, shapes.bracket)}


def test_it_is_small() -> None:
    assert SHIPPED.stat().st_size < 5_000_000


@pytest.mark.parametrize(("model", "corruption"), MEASURED)
def test_it_is_as_near_to_the_truth_as_it_was(models: dict[str, Mesh], model: str, corruption: str) -> None:
    found = predict(corrupted(models[model], CORRUPTIONS[corruption]), shipped_weights())
    chamfer_l1 = compare(found.mesh, models[model], samples=20_000).chamfer_l1
    assert 1e3 * chamfer_l1 < 1.1 * MEASURED[model, corruption]


def test_an_optimisation_that_starts_from_it_is_nearer_than_it_where_half_of_the_points_are_strays(
    models: dict[str, Mesh],
) -> None:
    case = "bracket", "noise 0.5 %, half outliers"
    mesh = reconstruct(corrupted(models[case[0]], CORRUPTIONS[case[1]]), init="learned")
    assert 1e3 * compare(mesh, models[case[0]], samples=20_000).chamfer_l1 < 0.9 * MEASURED[case]


def test_the_table_has_means_over_the_models_that_a_method_could_do() -> None:
    rows = [
        LearnedRow("a", "noise 0.5 %", "predict", 1.0, 0.010, 0.5, 0.9),
        LearnedRow("b", "noise 0.5 %", "predict", 3.0, 0.020, 0.7, 0.8),
        LearnedRow("a", "noise 0.5 %", "balanced", failure="the surface vanished"),
    ]
    text = learned_tables(rows)
    assert "| a | 10.00 | - |" in text
    assert "| **mean Chamfer-L1** | 15.00 | - |" in text
    assert "| **median seconds** | 2.0 | - |" in text
