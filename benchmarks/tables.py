"""Results as Markdown tables, and their place in a page: between marker comments."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from benchmarks.cases import CASES
from benchmarks.devices import DeviceRow
from benchmarks.feel_rows import FeelRow, SoakRow, growths, warm_from
from benchmarks.memory import MemoryRow
from benchmarks.one_pass import PassRow
from benchmarks.quality_rows import Lead, QualityRow, cases_in, find, leads, methods_in, presets_in
from benchmarks.real import RealRow
from benchmarks.results import Machine
from benchmarks.scale import ScaleRow
from benchmarks.step_cost import StepRow

_NAMES = {"recipe": "published recipe"}


def replace_section(page: str, name: str, content: str) -> str:
    """The page with what stands between ``<!-- name -->`` and ``<!-- /name -->`` replaced.

    Raises:
        ValueError: the page has not both comments in this order.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found_start, rest = page.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"the page has no section {name!r}: it needs the lines {start} and {end}")
    return f"{before}{start}\n{content}\n{end}{after}"


def machine_line(machines: Sequence[Machine]) -> str:
    """Where and with what a file of results was measured: a sentence for each machine."""
    by_place: dict[str, list[Machine]] = {}
    for machine in machines:
        place = (
            f"{machine.processor}, {machine.cores} cores, {machine.threads} threads, torch {machine.torch}, "
            f"Python {machine.python}, {machine.platform}"
        )
        by_place.setdefault(place, []).append(machine)
    return "\n".join(_measured(place, there) for place, there in by_place.items())


def _measured(place: str, there: Sequence[Machine]) -> str:
    commits = ", ".join(dict.fromkeys(machine.commit for machine in there))
    loads = [machine.load for machine in there]
    return (
        f"Measured until {max(machine.date for machine in there)[:10]} on {place}, at commit {commits}; "
        f"load average {min(loads):.1f} to {max(loads):.1f}."
    )


def quality_tables(rows: Sequence[QualityRow]) -> str:
    """A table for each measure: cases down, methods across, a hyphen where a method gave no mesh."""
    measures: dict[str, Callable[[QualityRow], str]] = {
        "Chamfer-L1, in thousandths of the longest edge": lambda row: number(row.chamfer_l1, 1e3, 2),
        "F-score at 1 %": lambda row: number(row.f_score, 1, 3),
        "Normal consistency": lambda row: number(row.normal_consistency, 1, 3),
        "Seconds": lambda row: number(row.seconds, 1, 1),
    }
    tables = [f"{title}:\n\n{_by_method(rows, measure)}" for title, measure in measures.items()]
    failures = [f"- {row.case}, {method_name(row.method)}: {row.failure}" for row in rows if row.failure]
    return "\n\n".join([*tables, *(["Without a mesh:\n\n" + "\n".join(failures)] if failures else [])])


def real_table(rows: Sequence[RealRow]) -> str:
    """Chamfer-L1, both F-scores and seconds of every method on every scan, in one cell each; presets first."""
    cells = {(row.case, row.method): _real_summary(row) for row in rows}
    methods = sorted(dict.fromkeys(row.method for row in rows), key=lambda method: method.startswith("poisson"))
    return crossed_table("scan", dict.fromkeys(row.case for row in rows), methods, cells)


def real_summary_table(rows: Sequence[RealRow]) -> str:
    """The same, of screened Poisson only one depth; the others differ little."""
    return real_table([row for row in rows if not row.method.startswith(("poisson-8", "poisson-10"))])


def summary_table(rows: Sequence[QualityRow]) -> str:
    """Chamfer-L1, F-score and seconds of every method on every case, in one cell each."""
    what = {case.name: case.what for case in CASES}
    methods = [method for method in methods_in(rows) if method != "floor"]
    body = []
    for case in cases_in(rows):
        cells = [_summary(find(rows, case, method)) for method in methods]
        floor = find(rows, case, "floor")
        body.append([what[case], *cells, "" if floor is None else number(floor.chamfer_l1, 1e3, 2)])
    return markdown_table(["scan", *map(method_name, methods), "least possible"], body)


def time_table(rows: Sequence[QualityRow]) -> str:
    """When each preset is as near to the truth as the recipe at its end, or nearly: seconds, and how many times sooner.

    In the median a case in which it never is counts as one in which it is infinitely late.
    """
    goals = [(preset, near) for preset in presets_in(rows) for near in (False, True)]
    columns = [leads(rows, preset, near=near) for preset, near in goals]
    cases = [case for case in cases_in(rows) if any(case in column for column in columns)]
    recipe = {row.case: row.seconds for row in rows if row.method == "recipe"}
    body = [[case, number(recipe[case], 1, 0), *(_lead(column.get(case)) for column in columns)] for case in cases]
    medians = [median(lead.times_sooner if lead else 0.0 for lead in column.values()) for column in columns]
    head = [f"{method_name(preset)}, {'within 15 %' if near else 'as near'}" for preset, near in goals]
    return markdown_table(
        ["case", "recipe, s", *(f"{title}: s (times sooner)" for title in head)],
        [*body, ["median", "", *(f"({ratio:.0f})" for ratio in medians)]],
    )


def step_table(rows: Sequence[StepRow]) -> str:
    """Medians with quartiles."""
    head = ["resolution", "step", "ms (quartiles)", "times faster", "ms in FFT", "share of FFT"]
    body = [
        [
            f"{row.resolution}³",
            "naive" if row.method == "naive" else method_name(row.method),
            f"{1e3 * row.seconds:.0f} ({1e3 * row.quartile_1:.0f} to {1e3 * row.quartile_3:.0f})",
            f"{row.times_faster:.1f}",
            f"{1e3 * row.fft_seconds:.0f}",
            f"{100 * row.fft_share:.0f} %",
        ]
        for row in rows
    ]
    return markdown_table(head, body)


def memory_table(rows: Sequence[MemoryRow]) -> str:
    """Peak by resolution."""
    body = [
        [
            f"{row.resolution}³" if row.resolution else "none (Python and torch)",
            f"`{row.preset}`",
            f"{row.gigabytes:.2f}",
            "-" if row.predicted is None else f"{row.predicted:.2f}",
        ]
        for row in rows
    ]
    return markdown_table(["resolution", "preset", "peak, GB", "predicted, GB"], body)


def pass_table(rows: Sequence[PassRow]) -> str:
    """The parts of one pass, in milliseconds."""
    body = [
        [
            row.network,
            f"{row.resolution}³",
            row.device,
            f"{row.turns}",
            *(f"{1e3 * seconds:.0f}" for seconds in (row.encode, row.field, row.surface, row.total)),
        ]
        for row in rows
    ]
    return markdown_table(
        ["network", "grid", "device", "turns", "encode, ms", "field, ms", "marching cubes, ms", "total, ms"], body
    )


def device_table(rows: Sequence[DeviceRow]) -> str:
    """Each task on each device, beside the time that the CPU took for it."""
    cpu = {row.task: row.seconds for row in rows if row.device == "cpu"}
    body = [
        [
            row.task,
            row.model,
            f"{1e3 * row.seconds:.1f}",
            f"{cpu[row.task] / row.seconds:.1f}" if row.task in cpu else "-",
            *("-" if off is None else f"{off:.0e}" for off in (row.loss_off, row.gradient_off)),
            number(row.chamfer_l1, 1e3, 2),
            number(row.gigabytes, 1, 2),
            number(row.predicted, 1, 2),
        ]
        for row in rows
    ]
    head = ["task", "on", "ms", "times faster", "loss off by", "gradient off by", "Chamfer-L1, 10⁻³"]
    return markdown_table([*head, "memory, GB", "predicted, GB"], body)


def scale_tables(rows: Sequence[ScaleRow]) -> str:
    """One table for the runs with different numbers of points, one for those with different resolutions."""
    head = [
        "points",
        "resolution",
        "steps",
        "seconds",
        "of these until the first step",
        "ms a step",
        "Chamfer-L1, 10⁻³",
    ]
    tables = []
    for varied in ("points", "resolution"):
        body = [
            [
                f"{row.points:,}",
                f"{row.resolution}³",
                f"{row.steps}",
                f"{row.seconds:.1f}",
                f"{row.seconds_to_start:.1f}",
                f"{1e3 * row.seconds_per_step:.0f}",
                f"{1e3 * row.chamfer_l1:.2f}",
            ]
            for row in sorted(rows, key=lambda row: (row.points, row.resolution))
            if row.varied == varied
        ]
        if body:
            tables.append(markdown_table(head, body))
    return "\n\n".join(tables)


def feel_table(rows: Sequence[FeelRow]) -> str:
    """Medians, and the worst of all."""
    head = ["what", "goal", "median", "worst", "measured"]
    body = [
        [row.what, row.goal, f"{row.value:.3g} {row.unit}", f"{row.worst:.3g} {row.unit}", f"{row.repeats} times"]
        for row in rows
    ]
    return markdown_table(head, body)


def soak_table(rows: Sequence[SoakRow]) -> str:
    """Each process once it was warm and at the end, and how soon a pause was seen in either half."""
    minutes = max(row.minute for row in rows)
    head = ["process", "memory, warm, MB", "at the end", "growth", "open files, at most", "threads, at most"]
    body = []
    for process, growth in growths(rows).items():
        own = [row for row in rows if row.process == process]
        files, threads = max(row.files for row in own), max(row.thread_count for row in own)
        figures = (f"{growth.before:.0f}", f"{growth.after:.0f}", f"{100 * growth.share:+.1f} %")
        body.append([process, *figures, f"{files}", f"{threads}"])
    answers = [median(row.answer_s for row in rows if (row.minute > minutes / 2) == later) for later in (False, True)]
    worst = max(row.answer_s for row in rows)
    late = max(row.late_steps for row in rows)
    return (
        f"{minutes:.0f} minutes, {max(row.step for row in rows):,} steps; warm from minute {warm_from(rows):.0f}:\n\n"
        f"{markdown_table(head, body)}\n\n"
        f"From the key to the pause on the screen, in the median: {answers[0]:.2f} s in the first half, "
        f"{answers[1]:.2f} s in the second, {worst:.2f} s at worst. Steps shown after it: {late} at most."
    )


def method_name(method: str) -> str:
    """As it stands in tables and legends."""
    kind, _, rest = method.partition("-")
    if kind == "poisson":
        return f"screened Poisson, depth {rest.replace('-', ', ', 1).replace('-', ' ')}"
    return _NAMES.get(method, method)


def _by_method(rows: Sequence[QualityRow], measure: Callable[[QualityRow], str]) -> str:
    cells = {(row.case, row.method): measure(row) for row in rows}
    return crossed_table("case", cases_in(rows), methods_in(rows), cells)


def _real_summary(row: RealRow) -> str:
    if row.chamfer_l1 is None:
        return "-"
    close = f"{number(row.f_score_half, 1, 3)} / {number(row.f_score_fifth, 1, 3)}"
    return f"{number(row.chamfer_l1, 1e3, 2)} / {close} / {number(row.seconds, 1, 0)} s"


def _summary(row: QualityRow | None) -> str:
    if row is None or row.chamfer_l1 is None:
        return "" if row is None else "-"
    return f"{number(row.chamfer_l1, 1e3, 2)} / {number(row.f_score, 1, 3)} / {number(row.seconds, 1, 0)} s"


def _lead(lead: Lead | None) -> str:
    return "-" if lead is None else f"{lead.seconds:.1f} ({lead.times_sooner:.0f})"


def number(value: float | None, factor: float, digits: int) -> str:
    """A measure with so many digits after the point; a hyphen where there is none."""
    return "-" if value is None else f"{factor * value:.{digits}f}"


def crossed_table(
    corner: str,
    cases: Iterable[str],
    methods: Sequence[str],
    cells: Mapping[tuple[str, str], str],
    *,
    title: Callable[[str], str] = method_name,
) -> str:
    """A table of cells by case and method: cases down, methods across by their titles."""
    body = [[case, *(cells.get((case, method), "") for method in methods)] for case in cases]
    return markdown_table([corner, *map(title, methods)], body)


def markdown_table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table of cells."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
