import pytest

from sap_viewer.scene.legend import curvature_legend, distance_legend, round_numbers, round_up


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 0.0093, ["0", "0.002", "0.004", "0.006", "0.008"]),
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-30.0, 30.0, ["-20", "0", "20"]),
        (0.0, 3e-7, ["0", "1e-07", "2e-07", "3e-07"]),
        (0.0, 4.2e6, ["0", "1e+06", "2e+06", "3e+06", "4e+06"]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, texts: list[str]) -> None:
    numbers = round_numbers(low, high)
    assert [text for _, text in numbers] == texts
    assert [value for value, _ in numbers] == pytest.approx([float(text) for text in texts])


@pytest.mark.parametrize(("value", "rounded"), [(1.0, 1.0), (1.01, 2.0), (0.049, 0.05), (5.1, 10.0), (999.0, 1000.0)])
def test_round_up(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


def test_the_bar_of_distances_ends_with_what_is_invented() -> None:
    legend = distance_legend(0.03)
    *numbers, invented = legend.ticks
    assert invented.text == "invented"
    assert legend.low + numbers[-1].place * (legend.high - legend.low) == pytest.approx(float(numbers[-1].text))
    assert numbers[-1].place <= 0.75 < invented.place < 1


def test_the_bar_of_curvatures_has_zero_in_its_middle() -> None:
    legend = curvature_legend(37.0)
    assert (legend.low, legend.high) == (-40.0, 40.0)
    assert next(tick.place for tick in legend.ticks if tick.text == "0") == 0.5
