"""What a step of training sees: scans made of models, with the fields that they should give."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from sap_core.learned.config import Corruption
from sap_core.learned.corruption import corrupt
from sap_core.learned.models import Model, read_model
from sap_core.validate.error import InputError

_SCANS, _ORDERS = 0, 1  # streams of random numbers of one seed


class Batch(NamedTuple):
    """Scans and their true fields.

    Attributes:
        scans: (B, N, 3) float32, unit frame.
        fields: (B, R, R, R) float32, before ``tanh``, negative inside.
        skipped: one sentence for each model that could not be read and was replaced by the next one.
    """

    scans: Tensor
    fields: Tensor
    skipped: tuple[str, ...]


class Models(Dataset[Batch]):
    """Models in the published layout; an item ``(draw, index)`` is a batch of one scan, drawn by that number.

    Args:
        folders: of the models.
        resolution: that the fields must have.
        corruption: how scans are made.
        seed: with the number of the draw it decides how a scan comes out.

    Raises:
        InputError: there are no models; an item: no model can be read.
    """

    def __init__(self, folders: Sequence[Path], *, resolution: int, corruption: Corruption, seed: int) -> None:
        if not folders:
            raise InputError("there are no models to train on: the list names none")
        self._folders = folders
        self._resolution = resolution
        self._corruption = corruption
        self._seed = seed

    def __len__(self) -> int:
        return len(self._folders)

    def __getitem__(self, item: tuple[int, int]) -> Batch:
        draw, index = item
        skipped: list[str] = []
        for turn in range(len(self)):
            folder = self._folders[(index + turn) % len(self)]
            try:
                model = self._usable(folder)
            except InputError as error:
                skipped.append(str(error))
                continue
            scan = corrupt(model.points, self._corruption, np.random.default_rng([self._seed, _SCANS, draw]))
            scans, fields = (torch.from_numpy(array[None]) for array in (scan.astype(np.float32), model.field))
            return Batch(scans, fields, tuple(skipped))
        raise InputError(f"none of {len(self)} models can be read; the first failure: {skipped[0]}")

    def _usable(self, folder: Path) -> Model:
        model = read_model(folder)
        if len(model.field) != self._resolution:
            raise InputError(
                f"the field of {folder} has {len(model.field)} nodes along an axis and not {self._resolution}: "
                f"train with --resolution {len(model.field)}"
            )
        return model


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches in one."""
    return Batch(
        torch.cat([batch.scans for batch in batches]),
        torch.cat([batch.fields for batch in batches]),
        tuple(sentence for batch in batches for sentence in batch.skipped),
    )


class Order(Sampler[list[tuple[int, int]]]):
    """Which scans each step of a run sees: all models in a new order, again and again.

    A pure function of the seed and the step, so that a resumed run sees what it would have seen, and that the
    processes of one run together see what a single one would.

    Args:
        models: how many there are.
        seed: of the orders.
        batch: scans in a step, of all processes together.
        steps: the first step and the one after the last.
        process: the number of this process and how many there are.
    """

    def __init__(self, models: int, *, seed: int, batch: int, steps: range, process: tuple[int, int] = (0, 1)) -> None:
        self._models, self._seed, self._batch, self._steps, self._process = models, seed, batch, steps, process

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        rank, processes = self._process
        for step in self._steps:
            draws = range(step * self._batch + rank, (step + 1) * self._batch, processes)
            yield [(draw, self._index(draw)) for draw in draws]

    def _index(self, draw: int) -> int:
        turn, place = divmod(draw, self._models)
        if self._turn != turn:
            self._turn, self._order = turn, np.random.default_rng([self._seed, _ORDERS, turn]).permutation(self._models)
        return int(self._order[place])

    _turn = -1
