import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sap_core.learned import load_weights
from sap_core.learned.config import Training
from sap_core.learned.dataset import Models
from sap_core.learned.making import make_of_shape
from sap_core.learned.models import write_list
from sap_core.learned.training import BEST_FILE, LAST_FILE, NotFinite, Progress, Trainer
from sap_core.validate.error import InputError

CPU = torch.device("cpu")
SMALL = Training(
    points=300,
    fewest_points=300,
    cells=8,
    offsets=2,
    width=8,
    levels=2,
    reach=0.05,
    resolution=16,
    steps=6,
    batch=4,
    lr=2e-3,
    validate_every=3,
    save_every=2,
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("models")
    made = [make_of_shape(root, index, seed=2, resolution=16, sigma=2.0) for index in range(8)]
    write_list(root, "train", made)
    write_list(root, "val", made[:4])
    return made


def trainer(settings: Training, folders: list[Path], output: Path) -> Trainer:
    sets = [
        Models(chosen, resolution=settings.resolution, corruption=settings, seed=settings.seed)
        for chosen in (folders, folders[:4])
    ]
    return Trainer(settings, (sets[0], sets[1]), output, device=CPU)


def run(made: Trainer) -> list[Progress]:
    told: list[Progress] = []
    made.run(told.append)
    return told


def weights(made: Trainer) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in made.network.parameters()])


def test_eight_shapes_are_learnt_by_heart(folders: list[Path], tmp_path: Path) -> None:
    clean = replace(SMALL, noise=0.0, outliers=0.0, occlusion=0.0, steps=140, batch=8, width=16, validate_every=1_000)
    told = run(trainer(clean, folders, tmp_path))
    first = sum(each.loss for each in told[:3]) / 3
    last = sum(each.loss for each in told[-3:]) / 3
    assert last < first / 10


def test_gradients_reach_every_parameter(folders: list[Path], tmp_path: Path) -> None:
    made = trainer(replace(SMALL, steps=3), folders, tmp_path)  # at first the zeros in residual blocks let none through
    run(made)
    for name, weight in made.network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_the_best_weights_can_be_loaded_and_say_how_good_they_are(folders: list[Path], tmp_path: Path) -> None:
    made = trainer(SMALL, folders, tmp_path)
    told = run(made)
    measured = [each.validation for each in told if each.validation is not None]
    assert [each.step for each in told if each.validation is not None] == [3, 6]
    assert made.best == min(measured)
    assert load_weights(tmp_path / BEST_FILE).variant == made.network.variant


def test_a_run_that_was_left_goes_on_as_if_it_had_not_been(folders: list[Path], tmp_path: Path) -> None:
    whole = trainer(SMALL, folders, tmp_path / "whole")
    told = run(whole)

    class Left(Exception):
        pass

    def leave(progress: Progress) -> None:
        if progress.step == 5:  # after a checkpoint at 4
            raise Left

    with pytest.raises(Left):
        trainer(SMALL, folders, tmp_path / "left").run(leave)
    again = trainer(SMALL, folders, tmp_path / "left")
    assert again.step == 4
    rest = run(again)
    assert [(each.step, each.loss) for each in rest] == [(each.step, each.loss) for each in told[4:]]
    assert torch.equal(weights(again), weights(whole))
    assert again.best == whole.best


def test_a_run_of_other_settings_is_not_gone_on_with(folders: list[Path], tmp_path: Path) -> None:
    run(trainer(SMALL, folders, tmp_path))
    with pytest.raises(InputError, match=r"lr 0.002, and now it is 0.1"):
        trainer(replace(SMALL, lr=0.1), folders, tmp_path)
    assert trainer(replace(SMALL, steps=100), folders, tmp_path).step == 6


def test_a_damaged_checkpoint_is_refused(folders: list[Path], tmp_path: Path) -> None:
    run(trainer(SMALL, folders, tmp_path))
    path = tmp_path / LAST_FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"):
        trainer(SMALL, folders, tmp_path)


def test_a_loss_that_is_no_number_ends_the_run_and_leaves_the_last_good_weights(
    folders: list[Path], tmp_path: Path
) -> None:
    made = trainer(SMALL, folders, tmp_path)

    def spoil(progress: Progress) -> None:
        if progress.step == 4:
            next(made.network.parameters()).data.fill_(math.nan)

    with pytest.raises(NotFinite, match="step 5"):
        made.run(spoil)
    assert torch.isfinite(weights(trainer(SMALL, folders, tmp_path))).all()
    assert all(torch.isfinite(weight).all() for weight in load_weights(tmp_path / BEST_FILE).parameters())


def test_lower_precision_and_a_falling_rate_learn_too(folders: list[Path], tmp_path: Path) -> None:
    told = run(trainer(replace(SMALL, precision="bfloat16", decay="cosine", steps=40), folders, tmp_path))
    assert told[0].lr == SMALL.lr
    assert 0 < told[-1].lr < 0.01 * SMALL.lr
    assert sum(each.loss for each in told[-5:]) < 0.7 * sum(each.loss for each in told[:5])


TWO_PROCESSES = """
import sys
from pathlib import Path
import torch
from sap_core.learned.processes import together
from sap_core.learned.dataset import Models
from sap_core.learned.models import read_list
from sap_core.learned.training import Trainer
from tests.learned.test_training import SMALL

torch.set_num_threads(1)
root, output = map(Path, sys.argv[1:])
with together("cpu") as (process, device):
    sets = [Models(read_list(root, split), resolution=16, corruption=SMALL, seed=0) for split in ("train", "val")]
    Trainer(SMALL, (sets[0], sets[1]), output, device=device, process=process).run(lambda progress: None)
"""


def test_two_processes_come_to_the_weights_of_one(folders: list[Path], tmp_path: Path) -> None:
    alone = trainer(SMALL, folders, tmp_path / "one")
    run(alone)
    script = tmp_path / "two.py"
    script.write_text(TWO_PROCESSES)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    root = folders[0].parents[1]
    subprocess.run(
        [*launch, str(script), str(root), str(tmp_path / "two")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        timeout=120,
    )
    together = trainer(SMALL, folders, tmp_path / "two")
    assert together.step == SMALL.steps
    assert torch.allclose(weights(together), weights(alone), atol=2e-5)
