"""The state of the optimisation: points with normals in the unit cube, and Adam's memory of them."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sap_core.checkpoint import OptimizerState
from sap_core.geometry import PointCloud


class OrientedPoints:
    """Points and normals (N, 3) that a loss is descended by; float32 on one device.

    The optimiser moves the logits of the points, so that they cannot leave the cube.

    Args:
        cloud: unit frame, with normals.
        device: where to compute.
    """

    def __init__(self, cloud: PointCloud, *, device: torch.device) -> None:
        self.device = device
        self._set(self._logits_of(cloud), self._normals_of(cloud))

    @classmethod
    def resume(cls, state: OptimizerState, *, device: torch.device) -> "OrientedPoints":
        """Those of which this is the ``state``, to the same bits."""
        resumed = cls.__new__(cls)
        resumed.device = device
        resumed._set(*(torch.tensor(values, device=device) for values in state.variables))
        for tensor, first, second in zip(resumed._both, state.first_moments, state.second_moments, strict=True):
            resumed._optimizer.state[tensor] = {
                "step": torch.tensor(float(state.descents)),
                "exp_avg": torch.tensor(first, device=device),
                "exp_avg_sq": torch.tensor(second, device=device),
            }
        return resumed

    def state(self) -> OptimizerState:
        """All that the next steps depend on."""
        return OptimizerState(
            _stacked(self._both),
            first_moments=_stacked(self._remembered("exp_avg")),
            second_moments=_stacked(self._remembered("exp_avg_sq")),
            descents=int(self._optimizer.state[self._logits].get("step", 0)),
        )

    def __len__(self) -> int:
        return len(self._logits)

    @property
    def points(self) -> Tensor:
        """(N, 3) in the unit cube; differentiable."""
        return torch.sigmoid(self._logits)

    @property
    def normals(self) -> Tensor:
        """(N, 3) of any length; differentiable."""
        return self._normals

    def descend(self, loss: Tensor, *, lr: float) -> bool:
        """One step of Adam along the loss's gradient; none, and False, where that is not finite."""
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        self._optimizer.zero_grad()
        loss.backward()
        finite = all(bool(tensor.grad.isfinite().all()) for tensor in self._both if tensor.grad is not None)
        if finite:
            self._optimizer.step()
        return finite

    def keep(self, count: int, *, rng: np.random.Generator) -> None:
        """Keep only so many, at random."""
        self._rearrange(torch.as_tensor(rng.permutation(len(self))[:count], device=self.device))

    def add(self, cloud: PointCloud) -> None:
        """Add points (unit frame); their unit normals take the median length of the others'."""
        length = self._normals.detach().norm(dim=1).median()
        rows = torch.arange(len(self), device=self.device)
        self._rearrange(rows, self._logits_of(cloud), length * self._normals_of(cloud))

    def cloud(self) -> PointCloud:
        """The points and normals in the unit frame."""
        return PointCloud(self.points.detach().cpu().numpy(), self._normals.detach().cpu().numpy().copy())

    @property
    def _both(self) -> tuple[Tensor, Tensor]:
        return self._logits, self._normals

    def _remembered(self, name: str) -> list[Tensor]:
        """What Adam remembers of both tensors; before the first step of its own that is nothing."""
        return [self._optimizer.state[tensor].get(name, torch.zeros_like(tensor)) for tensor in self._both]

    def _rearrange(self, rows: Tensor, *added: Tensor) -> None:
        """Keep rows and append logits and normals; moments follow the kept ones, and are zero for added ones."""
        before = [(tensor.detach(), self._optimizer.state[tensor]) for tensor in self._both]
        kept = [tensor[rows] for tensor, _ in before]
        self._set(*(torch.cat([old, new]) for old, new in zip(kept, added, strict=True)) if added else kept)
        for tensor, (_, state) in zip(self._both, before, strict=True):
            self._optimizer.state[tensor] = {name: _follow(value, rows, tensor) for name, value in state.items()}

    def _set(self, logits: Tensor, normals: Tensor) -> None:
        self._logits = logits.requires_grad_()
        self._normals = normals.requires_grad_()
        self._optimizer = torch.optim.Adam(self._both)

    def _logits_of(self, cloud: PointCloud) -> Tensor:
        return torch.logit(torch.tensor(cloud.points, dtype=torch.float32, device=self.device), eps=1e-4)

    def _normals_of(self, cloud: PointCloud) -> Tensor:
        if cloud.normals is None:
            raise ValueError("oriented points need normals, got none")
        return torch.tensor(cloud.normals, dtype=torch.float32, device=self.device)


def _stacked(tensors: Iterable[Tensor]) -> NDArray[np.float32]:
    """(2, N, 3), a copy in main memory."""
    return torch.stack([tensor.detach() for tensor in tensors]).cpu().numpy()


def _follow(moment: Tensor, rows: Tensor, parameter: Tensor) -> Tensor:
    if moment.ndim == 0:  # Adam's count of steps
        return moment
    followed = torch.zeros_like(parameter)
    followed[: len(rows)] = moment[rows]
    return followed
