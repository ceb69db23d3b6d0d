"""Time and quality of the quick preset on the scans in the repository whose true surface is known, from two starts.

    python -m benchmarks.quick

Prints the table of the README: wall time of the reconstruction in one process, reading and start-up left out, and
the distance to the truth by the published protocol (docs/design.md).
"""

import platform
import time
from itertools import product
from pathlib import Path

import torch

from sap_core import Reconstruction, Settings, compare, read_cloud, read_mesh
from sap_core.config import Init

ROOT = Path(__file__).parents[1]
CASES = {
    "animal, 0.2 % noise, gaps": ("assets/spot_scan.ply", "tests/data/spot_reference.ply"),
    "person, map coordinates": ("tests/data/body_scan_utm.ply", "tests/data/body_reference.npz"),
    "machine part": ("assets/fandisk_points.ply", "tests/data/fandisk_reference.ply"),
    "knotted tube": ("assets/knot_points.ply", "tests/data/knot_reference.ply"),
}
INITS: tuple[Init, ...] = ("sphere", "orientation")


def main() -> None:
    """Run every case and print a row for each."""
    print(f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| scan | points | start | seconds | Chamfer-L1 | F-score 1 % | normal consistency |")
    print("|---|---|---|---|---|---|---|")
    for (name, (scan, reference)), init in product(CASES.items(), INITS):
        cloud = read_cloud(ROOT / scan).cloud
        started = time.perf_counter()
        reconstruction = Reconstruction(cloud, Settings(preset="quick", init=init))
        while not reconstruction.finished:
            reconstruction.step()
        mesh = reconstruction.mesh()
        seconds = time.perf_counter() - started
        metrics = compare(mesh, read_mesh(ROOT / reference))
        print(
            f"| {name} | {len(cloud):,} | {init} | {seconds:.0f} | {metrics.chamfer_l1:.5f} | {metrics.f_score:.3f} "
            f"| {metrics.normal_consistency:.3f} |"
        )


if __name__ == "__main__":
    main()
