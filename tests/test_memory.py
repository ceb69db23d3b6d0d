"""What a run needs, what there is for it, and the refusal of what does not fit."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from sap_core.config import Parameters, Settings
from sap_core.device import available_on
from sap_core.free_memory import available_memory, free_in_groups
from sap_core.memory import GB, Budget, Workload, predict
from sap_core.reconstruction import Reconstruction
from sap_core.validate.error import InputError
from sap_core.validate.settings import check_memory
from sap_viewer import commands
from sap_viewer.engine.engine import Engine
from tests.shapes import torus
from tests.test_headless import ROOT, SPOT, command

WORKLOAD = Workload(scan=20_000, samples=20_000, points=20_000, area=1.0, published=False, device="cpu")
BRIEF = Settings(resolution=32, steps=6, points=2_000, init="sphere")


@contextmanager
def free(count: int) -> Iterator[None]:
    """Leave only so many bytes of address space, besides those in use."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


# --- the prediction ---


@pytest.mark.parametrize(("preset", "resolution"), [("balanced", 64), ("balanced", 128), ("published", 128)])
def test_a_run_stays_below_its_prediction_but_not_far(preset: str, resolution: int) -> None:
    code = (
        "import resource\n"
        "from pathlib import Path\n"
        "from sap_core import Parameters, Reconstruction, Settings\n"
        "from sap_core.memory import predict\n"
        "from tests.shapes import torus\n"
        f"run = Reconstruction(torus(20_000), Settings(preset={preset!r}))\n"
        f"run.parameters = Parameters(resolution={resolution})\n"
        "for _ in range(3):\n"
        "    run.step()\n"
        "run.mesh()\n"
        # A child's ru_maxrss begins with what its parent holds: after other tests, more than the child needs.
        "status = Path('/proc/self/status')\n"
        "if status.exists():\n"
        "    peak = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if 'VmHWM' in line)\n"
        "else:\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"print(peak, predict({resolution}, run.budget.workload))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    peak, predicted = map(int, done.stdout.split())
    assert 0.6 * predicted < peak <= predicted


def test_more_of_anything_needs_more() -> None:
    least = predict(128, WORKLOAD)
    assert predict(130, WORKLOAD) > least
    for more in ({"scan": 10**6}, {"samples": 10**6}, {"points": 10**5}, {"area": 4.0}, {"published": True}):
        assert predict(128, replace(WORKLOAD, **more)) > least


def test_high_resolutions_cost_their_surface() -> None:
    idle = predict(16, replace(WORKLOAD, points=0, samples=0))
    at_1024, at_2048 = (predict(resolution, WORKLOAD) - idle for resolution in (1024, 2048))
    assert 3 < at_2048 / at_1024 < 4.3
    wider = predict(2048, replace(WORKLOAD, area=2 * WORKLOAD.area)) - idle
    assert wider == pytest.approx(2 * at_2048, rel=0.1)


def test_the_published_layer_costs_its_grids() -> None:
    grid = 4 * 1024**3
    assert predict(1024, replace(WORKLOAD, published=True)) == pytest.approx(8.5 * grid, rel=0.1)


def test_a_device_with_memory_of_its_own_holds_neither_program_nor_scan() -> None:
    on_device = replace(WORKLOAD, device="cuda:0")
    assert predict(16, on_device) < 0.4 * predict(16, WORKLOAD)
    assert predict(16, replace(on_device, scan=10**8)) == predict(16, on_device)


@pytest.mark.parametrize(
    ("resolution", "published", "held"),
    [(64, False, 0.153), (256, True, 0.703), (512, True, 5.409)],
)
def test_what_a_gpu_has_held_is_foreseen(resolution: int, published: bool, held: float) -> None:
    """In GB, of torch's allocator on an NVIDIA H200, for this workload (``benchmarks.devices``)."""
    predicted = predict(resolution, replace(WORKLOAD, area=0.91, published=published, device="cuda:0")) / GB
    assert held <= predicted < 1.3 * held


# --- what fits ---


def test_the_largest_that_fits_is_a_multiple_of_16_below_the_one_asked_for() -> None:
    published = replace(WORKLOAD, published=True)
    budget = Budget(published, available=predict(200, published))
    assert budget.largest(at_most=512) == 192
    assert budget.largest(at_most=100) == 96
    assert budget.fits(200)
    assert not budget.fits(202)
    assert Budget(WORKLOAD, available=10**6).largest(at_most=512) is None


def test_the_largest_that_fits_above_256_is_a_grid_that_can_be_halved() -> None:
    budget = Budget(WORKLOAD, available=predict(1344, WORKLOAD))
    assert budget.largest(at_most=2048) == 1344
    assert Budget(WORKLOAD, available=predict(1344, WORKLOAD) - 1).largest(at_most=2048) == 1280


def test_a_refusal_says_what_is_needed_what_there_is_and_what_fits() -> None:
    roomy = Budget(WORKLOAD, available=predict(2048, WORKLOAD))
    check_memory(2048, roomy)
    with pytest.raises(InputError) as refused:
        check_memory(2048, replace(roomy, available=2_096_000_000))
    needed = f"{predict(2048, WORKLOAD) / GB + 0.05:.1f}"
    assert str(refused.value) == (
        f"resolution 2048 needs about {needed} GB of memory and 2.0 GB are free: the largest that fits is 1344"
    )
    with pytest.raises(InputError, match=r"and 0\.3 GB are free: none fits; close other programs"):
        check_memory(2048, replace(roomy, available=300_000_000))


# --- what there is ---


def group(root: Path, version: int, path: str, *, limit: int | str, used: int, files: int = 0) -> None:
    """Write the files of a control group as Linux shows them."""
    tree = root / "sys/fs/cgroup" / ("memory" if version == 1 else "")
    folder = tree / path.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if version == 1 else ("memory.max", "memory.current")
    for name, value in zip(names, (limit, used), strict=True):
        (folder / name).write_text(f"{value}\n")
    inclusive = f"total_inactive_file {files}\n" if version == 1 else ""
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {files}\n{inclusive}")


def listing(root: Path, *lines: str) -> Path:
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in lines))
    return root


def test_groups_of_the_second_kind(tmp_path: Path) -> None:
    root = listing(tmp_path, "0::/user/job")
    group(root, 2, "/user/job", limit="max", used=10)
    group(root, 2, "/user", limit=1_000, used=700, files=100)
    assert list(free_in_groups(root)) == [400]


def test_groups_of_the_first_kind(tmp_path: Path) -> None:
    root = listing(tmp_path, "3:cpu,cpuacct:/", "4:memory:/job", "0::/")
    group(root, 1, "/job", limit=500, used=300, files=50)
    group(root, 1, "/", limit=2**63 - 4096, used=900)
    assert list(free_in_groups(root)) == [250, 2**63 - 4096 - 900]


@pytest.mark.parametrize("version", [1, 2])
def test_within_a_container_the_path_is_that_outside_of_it(version: int, tmp_path: Path) -> None:
    root = listing(tmp_path, "4:memory:/docker/0123abcd" if version == 1 else "0::/../0123abcd")
    group(root, version, "/", limit=800, used=200)
    assert list(free_in_groups(root)) == [600]


def test_without_groups(tmp_path: Path) -> None:
    assert list(free_in_groups(tmp_path)) == []
    assert list(free_in_groups(listing(tmp_path, "4:memory:/job", "0::/"))) == []


def test_a_limit_of_the_process_is_what_there_is() -> None:
    held = psutil.Process().memory_info().rss
    with free(300_000_000):
        assert available_memory() == pytest.approx(held + 300_000_000, rel=0.05)
    assert held < available_memory() <= held + psutil.virtual_memory().total


def test_memory_of_a_device_is_what_it_has_free_and_what_torch_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (3_000, 9_000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 500)
    assert available_on(torch.device("cuda:0")) == 3_500
    with free(300_000_000):
        assert available_on(torch.device("cpu")) == pytest.approx(available_memory(), rel=0.05)


# --- runs that are refused ---


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Not by a limit: what the process of the tests holds already counts as available, and may be more than needed."""
    return lambda count: monkeypatch.setattr("sap_core.reconstruction.available_on", lambda device: count)


def test_a_run_that_does_not_fit_is_refused_before_it_starts(scarce: Callable[[int], None]) -> None:
    scarce(1_500_000_000)
    with pytest.raises(InputError, match=r"resolution 2048 needs about \d\.\d GB .* that fits is"):
        Reconstruction(torus(2_000), replace(BRIEF, resolution=2048))


def test_a_change_that_does_not_fit_is_refused_and_the_run_goes_on(scarce: Callable[[int], None]) -> None:
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), BRIEF, "torus", start=True))
    engine.advance()
    scarce(1_500_000_000)
    engine.handle(commands.SetParameters(Parameters(resolution=2048)))
    refused = engine.snapshot()
    assert "resolution 2048 needs about" in refused.message
    assert (refused.status, refused.requested) == ("running", Parameters(points=2_000))
    assert refused.budget is not None
    assert not refused.budget.fits(2048)
    engine.handle(commands.SetParameters(Parameters(resolution=48, points=2_000)))
    engine.advance()
    after = engine.snapshot()
    assert (after.step, after.in_force.resolution, after.status) == (2, 48, "running")


def test_where_memory_has_become_scarce_other_parameters_still_change(scarce: Callable[[int], None]) -> None:
    run = Reconstruction(torus(2_000), BRIEF)
    run.parameters = Parameters(resolution=256, points=2_000)
    scarce(300_000_000)
    run.parameters = Parameters(resolution=256, points=2_000, lr=1e-3)
    with pytest.raises(InputError, match="256 needs"):
        run.parameters = Parameters(resolution=256, points=3_000)
    assert run.parameters == Parameters(resolution=256, points=2_000, lr=1e-3)


@pytest.mark.parametrize("form", ["headless", "live"])
def test_the_program_refuses_by_exit_code_2(form: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("DISPLAY", None)  # the live form is to refuse before it looks for one
    code = "import psutil, sap_core.reconstruction; print(psutil.Process().memory_info().vms)"
    idle = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    limit = int(idle.stdout) + 1_500_000_000
    mesh = tmp_path / "mesh.ply"
    options = ("--headless", "--mesh", mesh) if form == "headless" else ()
    done = subprocess.run(
        ["prlimit", f"--as={limit}", *command(SPOT, "--resolution", "2048", *options)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "sap-viewer: resolution 2048 needs about" in done.stderr
    assert "Traceback" not in done.stderr
    assert not mesh.exists()
