import pytest

from sap_core.config import PRESETS, Parameters, Settings
from sap_core.schedule import Schedule

PUBLISHED = Schedule.of(Settings(preset="published"))


def resolutions(schedule: Schedule) -> list[int]:
    return [level.resolution for level in schedule.levels]


@pytest.mark.parametrize(
    ("step", "resolution", "sigma", "lr"),
    [
        (0, 32, 2.0, 2e-3),
        (699, 32, 2.0, 2e-3),
        (700, 32, 2.0, 1e-3),
        (1000, 64, 2.0, 1.4e-3),
        (1700, 64, 2.0, 1e-3),  # halved to 0.7e-3, held at the floor
        (2000, 128, 2.0, 0.98e-3),
        (3000, 256, 3.0, 0.686e-3),
        (9999, 256, 3.0, 0.686e-3),
    ],
)
def test_published_recipe(step: int, resolution: int, sigma: float, lr: float) -> None:
    values = PUBLISHED.at(step, Parameters())
    assert (values.resolution, values.sigma, values.lr) == (resolution, sigma, pytest.approx(lr))


def test_points_grow_with_each_resampling() -> None:
    assert PUBLISHED.at(400, Parameters(), resamplings=2).points == 24_000
    assert PUBLISHED.at(400, Parameters(points=5_000), resamplings=2).points == 5_000


def test_what_the_user_set_goes_first() -> None:
    user = Parameters(resolution=96, sigma=4.0, lr=0.01, points=1_234, resample_every=7)
    values = PUBLISHED.at(1500, user)
    assert all(getattr(values, name) == getattr(user, name) for name in vars(user))


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [(32, [32]), (64, [32, 64]), (96, [32, 64, 96]), (128, [32, 64, 128]), (512, [32, 64, 128, 256, 512]), (16, [16])],
)
def test_resolution_is_where_the_levels_end(resolution: int, expected: list[int]) -> None:
    assert resolutions(Schedule.of(Settings(preset="published", resolution=resolution))) == expected


@pytest.mark.parametrize("steps", [1, 2, 3, 32, 100, 3200, 5000])
@pytest.mark.parametrize("preset", PRESETS)
def test_levels_share_the_steps(preset: str, steps: int) -> None:
    schedule = Schedule.of(Settings(preset=preset, steps=steps))
    assert schedule.total_steps == steps
    assert all(level.steps > 0 for level in schedule.levels)
    assert schedule.levels[-1].resolution == PRESETS[preset].levels[-1].resolution


def test_progress_runs_from_0_to_1_by_work_not_by_steps() -> None:
    assert PUBLISHED.progress(0) == 0
    assert PUBLISHED.progress(3200) == PUBLISHED.progress(9999) == 1
    assert 0 < PUBLISHED.progress(1000) < 0.2  # a third of the steps, but the cheap ones
