from pathlib import Path

import numpy as np
import pytest

from sap_core.learned import shapes
from sap_core.learned.making import divided
from sap_core.learned.shapes import FAMILIES, Family, make_shape


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_points_lie_on_the_surface_and_normals_point_out_of_it(family: Family) -> None:
    for seed in range(3):
        solid = family(np.random.default_rng(seed))
        cloud = shapes._surface_of(solid, 2_000, np.random.default_rng(0))
        if cloud is None:  # cut away as a whole
            continue
        within = np.abs(cloud.points).max(1) < 1.19
        assert np.quantile(np.abs(solid(cloud.points[within])), 0.98) < 2e-3
        outside, inside = (solid((cloud.points + step * cloud.normals)[within]) for step in (0.01, -0.01))
        assert (outside > inside).mean() > 0.95
        assert np.abs(cloud.points).max() < 1.21  # what is cut off there is closed there


def test_a_shape_is_repeated_by_its_seed_and_fits_the_unit_frame() -> None:
    made = [make_shape(np.random.default_rng([5, index]), 1_000) for index in range(12)]
    again = make_shape(np.random.default_rng([5, 3]), 1_000)
    assert again[0] == made[3][0]
    assert np.array_equal(again[1].points, made[3][1].points)
    assert len({name for name, _ in made}) > 3
    for _, cloud in made:
        assert cloud.normals is not None
        assert np.abs(cloud.points - 0.5).max() < 0.451
        assert np.ptp(cloud.points, axis=0).max() > 0.6
        assert np.allclose(np.linalg.norm(cloud.normals, axis=1), 1)


def test_models_are_divided_so_that_none_is_learnt_from_and_measured_on() -> None:
    folders = [Path(f"{index}") for index in range(100)]
    parts = divided(folders)
    assert [len(parts[split]) for split in ("train", "val", "test")] == [90, 5, 5]
    assert sorted(path for part in parts.values() for path in part) == sorted(folders)
    assert divided(folders[:1])["val"] == folders[:1]
