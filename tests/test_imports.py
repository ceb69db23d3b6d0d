"""Who may import whom at run time; ``lint-imports`` (make lint) checks the same in the sources."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = done.stdout.split()
    return {*names, *(name.partition(".")[0] for name in names)}


@pytest.mark.parametrize(
    "module",
    [
        "sap_core",
        "sap_core.config",
        "sap_core.io",
        "sap_viewer",
        "sap_viewer.cli",
        "sap_viewer.session",
        "sap_viewer.headless",
        "sap_viewer.desktop.windows",
        "sap_viewer.desktop.panel.window",
        "sap_viewer.showing",
    ],
)
def test_front_ends_stand_before_torch_has_loaded(module: str) -> None:
    assert modules_after(f"import {module}") & {"torch", "skimage"} == set()


def test_the_command_line_needs_no_graphics_library_to_start() -> None:
    assert modules_after("import sap_viewer.cli") & {"polyscope", "dearpygui", "glfw"} == set()


def test_the_panel_tells_of_the_screen_before_it_loads_what_it_shows() -> None:
    assert modules_after("import sap_viewer.desktop.panel.__main__") & {"dearpygui", "numpy", "tyro"} == set()


@pytest.mark.parametrize("module", ["sap_viewer.cli", "sap_viewer.view.window", "sap_viewer.desktop.panel.window"])
def test_windows_do_not_wait_for_what_only_some_files_need(module: str) -> None:
    assert modules_after(f"import {module}") & {"scipy.spatial", "scipy.sparse", "scipy.stats", "trimesh.base"} == set()


def test_the_core_knows_no_front_end() -> None:
    loaded = modules_after("import sap_core.reconstruction, sap_core.io, sap_core.mesh.metrics")
    assert loaded & {"sap_viewer", "polyscope", "dearpygui", "glfw", "tyro"} == set()


def test_the_first_step_waits_for_no_library_that_it_does_not_need() -> None:
    scan = "sphere(500, radius=1.0, center=np.zeros(3), rng=np.random.default_rng(0))"
    imports = "import numpy as np, sap_viewer.engine.engine_process"
    imports += "; from sap_core import Reconstruction, Settings; from sap_core.mesh.sampling import sphere"
    loaded = modules_after(f"{imports}; Reconstruction({scan}, Settings(resolution=32)).step()")
    assert "torch.optim.adam" in loaded
    assert loaded & {"torch._dynamo", "sympy", "trimesh", "scipy.special", "scipy.optimize"} == set()
