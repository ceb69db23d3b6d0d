"""The training of a network: steps on scans made of models, validation, checkpoints, an exact way back into a run."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from sap_core.learned.config import Training
from sap_core.learned.dataset import Batch, Models, Order, joined
from sap_core.learned.field import FieldLayer
from sap_core.learned.network import OrientedPointsNetwork, Variant
from sap_core.learned.training_state import read_state, write_state
from sap_core.learned.weights import save_weights

LAST_FILE, BEST_FILE = "last.safetensors", "best.safetensors"


class NotFinite(RuntimeError):
    """The loss is no number any more; the last checkpoint is from before."""


@dataclass(frozen=True)
class Progress:
    """What a step came to.

    Attributes:
        step: steps done.
        loss: mean squared difference of the fields, over the scans of the step and all processes.
        lr: learning rate of the step.
        seconds: that the step took, with the wait for its scans.
        waited: seconds of them that it waited for its scans.
        validation: the same difference on the validation models where they were measured, and whether it is the best.
    """

    step: int
    loss: float
    lr: float
    seconds: float
    waited: float
    validation: float | None = None
    best: bool = False


class Process(NamedTuple):
    """One of the processes that train a network together; they have to be joined by ``torch.distributed``."""

    rank: int = 0
    processes: int = 1


ALONE = Process()


class Trainer:
    """A training run in a folder, which may be one that was left at any moment.

    Args:
        settings: the run is refused where those that the folder's run was begun with are others.
        models: to learn from, and to measure on.
        folder: for checkpoint and best weights; it is made.
        device: of the computation.
        workers: processes that make the scans; 0 makes them between the steps.
        process: which process of the run this is.

    Raises:
        InputError: the folder holds a run of other settings, or a damaged checkpoint.
    """

    def __init__(
        self,
        settings: Training,
        models: tuple[Models, Models],
        folder: Path,
        *,
        device: torch.device,
        workers: int = 0,
        process: Process = ALONE,
    ) -> None:
        self._settings, self._folder, self._device, self._process = settings, folder, device, process
        self._workers = workers
        self._train, self._validation = models
        torch.manual_seed(settings.seed)
        variant = variant_of(settings)
        self.network = OrientedPointsNetwork(variant).to(device)
        self._layer = FieldLayer(variant, settings.resolution, settings.sigma)
        self._optimizer = torch.optim.Adam(self.network.parameters(), settings.lr)
        self.step, self.best = 0, math.inf
        self.skipped: set[str] = set()
        if (folder / LAST_FILE).exists():
            self.step, self.best = read_state(folder / LAST_FILE, settings, self.network, self._optimizer)
        folder.mkdir(parents=True, exist_ok=True)
        self._whole = self._shared()

    def run(self, report: Callable[[Progress], None]) -> None:
        """Train to the last step.

        Args:
            report: is told of each step.

        Raises:
            NotFinite: the loss is no number any more.
            InputError: no model can be read.
            OSError: a checkpoint cannot be written; the one before it is still there.
        """
        settings = self._settings
        steps = range(self.step, settings.steps)
        order = Order(len(self._train), seed=settings.seed, batch=settings.batch, steps=steps, process=self._process)
        began = time.perf_counter()
        for batch in self._loader(self._train, order):
            waited = time.perf_counter() - began
            self.skipped.update(batch.skipped)
            lr = self._learning_rate()
            loss = self._learn(batch, lr)
            self.step += 1
            done = self.step == settings.steps
            validation, best = None, False
            if self._process.rank == 0 and (done or self.step % settings.validate_every == 0):
                validation = self.validate()
                best = validation < self.best
                self._keep(validation, best=best)
            elif self._process.rank == 0 and self.step % settings.save_every == 0:
                self._keep(None, best=False)
            report(Progress(self.step, loss, lr, time.perf_counter() - began, waited, validation, best))
            began = time.perf_counter()

    def validate(self) -> float:
        """The mean squared difference of the fields on the validation models."""
        count = len(self._validation)
        size = max(1, self._settings.batch // self._process.processes)
        order = [
            [(index, index) for index in range(start, min(count, start + size))] for start in range(0, count, size)
        ]
        self.network.eval()
        total = 0.0
        with torch.inference_mode():
            for batch in self._loader(self._validation, order):
                self.skipped.update(batch.skipped)
                total += float(self._difference(self.network, batch)) * len(batch.scans)
        self.network.train()
        return total / count

    def _learn(self, batch: Batch, lr: float) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        loss = self._difference(self._whole, batch)
        self._optimizer.zero_grad()
        loss.backward()
        known = loss.detach()
        if self._process.processes > 1:
            torch.distributed.all_reduce(known, torch.distributed.ReduceOp.AVG)
        value = float(known)
        if not math.isfinite(value):
            raise NotFinite(
                f"the loss is {value} at step {self.step + 1}: the last good weights are in {self._folder}; "
                f"try a smaller --lr than {self._settings.lr:g}"
            )
        self._optimizer.step()
        return value

    def _difference(self, network: nn.Module, batch: Batch) -> Tensor:
        scans, fields = batch.scans.to(self._device), batch.fields.to(self._device)
        half = self._settings.precision == "bfloat16"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            points, normals = network(scans)
        field = self._layer(points.float(), normals.float())
        return functional.mse_loss(torch.tanh(field), torch.tanh(fields))

    def _learning_rate(self) -> float:
        settings = self._settings
        if settings.decay == "none":
            return settings.lr
        return settings.lr * 0.5 * (1 + math.cos(math.pi * self.step / settings.steps))

    def _keep(self, validation: float | None, *, best: bool) -> None:
        if best and validation is not None:
            self.best = validation
            save_weights(self.network, self._folder / BEST_FILE, notes={"field_error": f"{validation:.6g}"})
        write_state(
            self._folder / LAST_FILE, self._settings, self.network, self._optimizer, step=self.step, best=self.best
        )

    def _shared(self) -> nn.Module:
        network: nn.Module = self.network
        if self._settings.compile:
            network = torch.compile(network)  # type: ignore[assignment]
        return DistributedDataParallel(network) if self._process.processes > 1 else network

    def _loader(self, models: Models, order: Order | list[list[tuple[int, int]]]) -> DataLoader[Batch]:
        return DataLoader(models, batch_sampler=order, num_workers=self._workers, collate_fn=joined)


def variant_of(settings: Training) -> Variant:
    """The network that these settings train."""
    return Variant(
        features=settings.features,
        resolution=settings.cells,
        offsets=settings.offsets,
        width=settings.width,
        levels=settings.levels,
        reach=settings.reach,
        level=settings.level,
    )
