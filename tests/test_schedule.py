from itertools import pairwise

import numpy as np
import pytest

from sap_core.config import PRESETS, Level, Parameters, PresetName, Settings
from sap_core.schedule import DENSE_AND_CLEAN, Sampling, Schedule

PUBLISHED = Schedule.of(Settings(preset="published"))
ADAPTING: list[PresetName] = [name for name, preset in PRESETS.items() if not preset.as_published]
NOISY = Sampling(spacing=0.01, noise=0.0045)  # 0.5 % of the extent, 10,000 points or so
SPARSE = Sampling(spacing=0.03, noise=0.0)


MILLION = Sampling(spacing=0.0012, noise=0.0, points=1_000_000)


def resolutions(schedule: Schedule) -> list[int]:
    return [level.resolution for level in schedule.levels]


def descending(schedule: Schedule) -> tuple[Level, ...]:
    return tuple(level for level in schedule.levels if not level.refines)


def refining(schedule: Schedule) -> tuple[Level, ...]:
    return tuple(level for level in schedule.levels if level.refines)


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


@pytest.mark.parametrize("preset", ADAPTING)
def test_the_learning_rate_halves_down_to_its_floor_and_starts_anew_with_the_next_level(preset: PresetName) -> None:
    schedule = Schedule.of(Settings(preset=preset, steps=200))
    every, floor = PRESETS[preset].lr_halved_every, PRESETS[preset].lr_floor
    first = 0
    for level in schedule.levels:
        for step in range(level.steps):
            expected = max(floor, level.lr * 0.5 ** (step // every))
            assert schedule.at(first + step, Parameters()).lr == pytest.approx(expected)
        first += level.steps


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [(32, [32]), (64, [32, 64]), (96, [32, 64, 96]), (128, [32, 64, 128]), (512, [32, 64, 128, 256, 512]), (16, [16])],
)
def test_resolution_is_where_the_levels_end(resolution: int, expected: list[int]) -> None:
    assert resolutions(Schedule.of(Settings(preset="published", resolution=resolution))) == expected


@pytest.mark.parametrize("preset", ADAPTING)
@pytest.mark.parametrize("resolution", [16, 64, 128, 512])
def test_other_presets_end_at_the_resolution_too(preset: PresetName, resolution: int) -> None:
    schedule = Schedule.of(Settings(preset=preset, resolution=resolution))
    assert resolutions(schedule)[-1] == schedule.finest == resolution
    assert resolutions(schedule) == sorted(resolutions(schedule))


@pytest.mark.parametrize("steps", [1, 2, 3, 32, 100, 3200, 5000])
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("sampling", [DENSE_AND_CLEAN, NOISY, SPARSE], ids=["clean", "noisy", "sparse"])
def test_levels_share_the_steps(preset: PresetName, steps: int, sampling: Sampling) -> None:
    schedule = Schedule.of(Settings(preset=preset, steps=steps), sampling=sampling)
    assert schedule.total_steps == steps
    assert all(level.steps > 0 for level in schedule.levels)
    assert (
        schedule.levels[-1].resolution == Schedule.of(Settings(preset=preset), sampling=sampling).levels[-1].resolution
    )


# --- following the scan ---


def test_smoothing_for_noise_is_in_proportion_to_the_grid_and_to_the_cube_root() -> None:
    assert NOISY.sigma(128) == pytest.approx(2 * NOISY.sigma(64))
    assert Sampling(8 * NOISY.spacing, NOISY.noise).sigma(64) == pytest.approx(2 * NOISY.sigma(64))
    assert Sampling(NOISY.spacing, 8 * NOISY.noise).sigma(64) == pytest.approx(2 * NOISY.sigma(64))
    width = NOISY.sigma(64) / np.pi / 64  # of the Gaussian, in the unit frame
    assert width == pytest.approx(0.4 * (0.01 * 0.0045) ** (1 / 3))
    assert DENSE_AND_CLEAN.sigma(512) == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_a_dense_and_clean_scan_gets_the_levels_of_the_preset(preset: PresetName) -> None:
    assert descending(Schedule.of(Settings(preset=preset))) == PRESETS[preset].levels
    dense = Sampling(spacing=0.001, noise=1e-7)
    assert descending(Schedule.of(Settings(preset=preset), sampling=dense)) == PRESETS[preset].levels


@pytest.mark.parametrize("sampling", [NOISY, SPARSE, Sampling(0.1, 0.1)], ids=["noisy", "sparse", "both"])
def test_the_published_recipe_adapts_to_nothing(sampling: Sampling) -> None:
    for settings in (Settings(preset="published"), Settings(preset="published", resolution=64, steps=30)):
        assert Schedule.of(settings, sampling=sampling) == Schedule.of(settings)


@pytest.mark.parametrize("preset", ADAPTING)
def test_noise_widens_the_smoothing_and_leaves_the_levels(preset: PresetName) -> None:
    levels = PRESETS[preset].levels
    for noise, wider in ((1e-6, False), (0.0045, True)):
        sampling = Sampling(0.004, noise)
        schedule = Schedule.of(Settings(preset=preset), sampling=sampling)
        assert [level.steps for level in descending(schedule)] == [level.steps for level in levels]
        for level, own in zip(descending(schedule), levels, strict=True):
            assert level.sigma == (sampling.sigma(level.resolution) if wider else own.sigma)


@pytest.mark.parametrize("preset", ["balanced", "best"])
def test_no_level_is_much_finer_than_the_spacing(preset: PresetName) -> None:
    levels = PRESETS[preset].levels
    for level in levels[1:]:
        just = Sampling(spacing=1.99 / level.resolution, noise=0.0)
        beyond = Sampling(spacing=2.01 / level.resolution, noise=0.0)
        assert Schedule.of(Settings(preset=preset), sampling=just).finest >= level.resolution
        assert Schedule.of(Settings(preset=preset), sampling=beyond).finest < level.resolution
    sparse = Schedule.of(Settings(preset=preset), sampling=SPARSE)
    assert {(level.resolution, level.sigma, level.points) for level in sparse.levels} == {
        (levels[0].resolution, levels[0].sigma, levels[0].points)
    }
    assert sparse.total_steps == sum(level.steps for level in levels)


@pytest.mark.parametrize("sampling", [SPARSE, NOISY], ids=["sparse", "noisy"])
def test_a_resolution_that_is_asked_for_is_reached_whatever_the_scan(sampling: Sampling) -> None:
    for preset in ADAPTING:
        last = Schedule.of(Settings(preset=preset, resolution=192), sampling=sampling).levels[-1]
        assert last.resolution == 192
        assert last.sigma >= sampling.sigma(192)


def test_smoothing_that_is_asked_for_holds_for_noisy_scans_too() -> None:
    schedule = Schedule.of(Settings(), sampling=NOISY)
    assert schedule.at(0, Parameters()).sigma > 3
    assert schedule.at(0, Parameters(sigma=1.5)).sigma == 1.5


# --- length and progress ---


def test_progress_runs_from_0_to_1_by_work_not_by_steps() -> None:
    assert PUBLISHED.progress(0) == 0
    assert PUBLISHED.progress(3200) == PUBLISHED.progress(9999) == 1
    assert 0 < PUBLISHED.progress(1000) < 0.2  # a third of the steps, but the cheap ones


def test_a_longer_run_goes_on_with_the_last_level() -> None:
    longer = PUBLISHED.until(5_000)
    assert longer.total_steps == 5_000
    assert longer.levels[:-1] == PUBLISHED.levels[:-1]
    assert longer.at(4_999, Parameters()).resolution == 256
    assert PUBLISHED.until(10) == PUBLISHED


# --- levels that refine ---


@pytest.mark.parametrize(("preset", "finest"), [("balanced", 512), ("best", 1024), ("fast", None), ("published", None)])
def test_detail_is_brought_out_as_far_as_the_preset_goes_and_the_points_allow(
    preset: PresetName, finest: int | None
) -> None:
    levels = refining(Schedule.of(Settings(preset=preset), sampling=MILLION))
    assert (levels[-1].resolution if levels else None) == finest
    widths = [level.sigma / level.resolution for level in levels]
    assert all(finer < 0.9 * coarser for coarser, finer in pairwise(widths))
    assert all(level.sigma >= 2 for level in levels)


@pytest.mark.parametrize(("has", "used"), [(300_000, 300_000), (1_000_000, 1_000_000), (5_000_000, 2_000_000)])
def test_levels_that_refine_have_all_points_of_the_scan_up_to_two_million(has: int, used: int) -> None:
    levels = refining(Schedule.of(Settings(preset="best"), sampling=Sampling(0.0007, 0.0, has)))
    assert len(levels) > 1
    assert {level.points for level in levels} == {used}


@pytest.mark.parametrize(
    ("spacing", "resolutions"), [(0.0045, (384,)), (0.0024, (512,)), (0.0016, (1024,)), (0.0007, (1024, 2048))]
)
def test_to_1024_a_single_level_refines_and_the_last_has_twice_the_corrections(
    spacing: float, resolutions: tuple[int, ...]
) -> None:
    levels = refining(Schedule.of(Settings(preset="best"), sampling=Sampling(spacing, 1e-4, 1_000_000)))
    assert tuple(level.resolution for level in levels) == resolutions
    assert [level.steps for level in levels] == [2] * (len(levels) - 1) + [4]


@pytest.mark.parametrize("finest", [384, 512, 768, 1024, 1536, 2048])
def test_the_finest_level_has_less_than_two_cells_between_points(finest: int) -> None:
    def reached(cells: float) -> int:
        sampling = Sampling(spacing=cells / finest, noise=0.0, points=1_000_000)
        return Schedule.of(Settings(preset="best"), sampling=sampling).finest

    assert reached(1.79) == finest
    assert reached(1.81) < finest


def test_best_goes_on_from_the_levels_of_balanced() -> None:
    balanced, best = (Schedule.of(Settings(preset=preset), sampling=MILLION) for preset in ("balanced", "best"))
    assert descending(best)[:-1] == descending(balanced)
    assert descending(best)[-1].resolution == 256
    assert (balanced.preset.refined_to, best.preset.refined_to) == (512, 2048)


def test_a_sparse_scan_is_not_refined() -> None:
    assert not refining(Schedule.of(Settings(preset="best"), sampling=SPARSE))


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.01, 0.1])
def test_a_level_smooths_no_less_than_its_grid_can_and_a_sixth_of_the_one_before(noise: float) -> None:
    schedule = Schedule.of(Settings(preset="best"), sampling=Sampling(0.0008, noise, 1_000_000))
    levels = schedule.levels[schedule.last_descending :]
    widths = [level.sigma / level.resolution for level in levels]
    assert all(before / 6.001 <= width < before for before, width in pairwise(widths))
    assert all(level.sigma >= 2 for level in levels)
    assert levels[-1].sigma == 2


@pytest.mark.parametrize("resolution", [320, 1024, 2048])
def test_a_resolution_that_is_asked_for_is_where_the_levels_end(resolution: int) -> None:
    schedule = Schedule.of(Settings(preset="balanced", resolution=resolution), sampling=SPARSE)
    assert schedule.levels[-1].resolution == resolution
    assert schedule.levels[-1].refines


def test_a_schedule_is_cut_and_made_whole_again() -> None:
    planned = Schedule.of(Settings(preset="balanced"), sampling=MILLION)  # 12 and 20 steps, then 4
    early = planned.next_level_at(25)
    assert early.level_at(24).resolution == 192
    assert early.level_at(25) == refining(planned)[0]
    assert early.begins_level(25)
    assert not early.begins_level(26)
    over = early.over_at(26)
    assert over.total_steps == 26
    assert over.level_at(100).refines
    assert over.as_it_was_at(26, planned=planned) == early
    assert over.as_it_was_at(25, planned=planned) == planned  # as if the level had not settled there
    assert over.as_it_was_at(0, planned=planned) == planned
    assert over.as_it_was_at(20, planned=planned) == planned
    assert planned.lasting([level.steps for level in over.levels]) == over
    assert planned.next_level_at(12) == planned
