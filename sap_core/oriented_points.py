"""The state of the optimisation: points with normals in the unit cube, and Adam's memory of them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.adam import adam

from sap_core.checkpoint import OptimizerState
from sap_core.geometry import PointCloud


class _Adam(NamedTuple):
    """What it remembers of logits and normals, one tensor for each of the two; it writes into them."""

    first_moments: list[Tensor]
    second_moments: list[Tensor]
    descents: list[Tensor]  # how many


class OrientedPoints:
    """Points and normals (N, 3) that a loss is descended by; float32 on one device.

    The optimiser moves the logits of the points, so that they cannot leave the cube.

    Args:
        cloud: unit frame, with normals.
        device: where to compute.
    """

    _adam: _Adam

    def __init__(self, cloud: PointCloud, *, device: torch.device) -> None:
        self.device = device
        self._set(self._logits_of(cloud), self._normals_of(cloud))

    @classmethod
    def at(cls, points: Tensor, normals: Tensor) -> "OrientedPoints":
        """At points with normals (N, 3) in the unit cube, on their device."""
        made = cls.__new__(cls)
        made.device = points.device
        made._set(_logit(points), normals.clone())
        return made

    @classmethod
    def resume(cls, state: OptimizerState, *, device: torch.device) -> "OrientedPoints":
        """Those of which this is the ``state``, to the same bits."""
        resumed = cls.__new__(cls)
        resumed.device = device
        resumed._set(*(torch.tensor(values, device=device) for values in state.variables))
        resumed._adam = _Adam(
            [torch.tensor(moment, device=device) for moment in state.first_moments],
            [torch.tensor(moment, device=device) for moment in state.second_moments],
            _counts(state.descents),
        )
        return resumed

    def state(self) -> OptimizerState:
        """All that the next steps depend on."""
        return OptimizerState(
            _stacked(self._both),
            first_moments=_stacked(self._adam.first_moments),
            second_moments=_stacked(self._adam.second_moments),
            descents=int(self._adam.descents[0]),
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
        """One step of Adam along the loss's gradient; none, and False, where that is not finite.

        It is the function: the class loads torch's compiler at its first use, which takes a second of every start.
        """
        gradients = torch.autograd.grad(loss, self._both, materialize_grads=True)
        finite = all(bool(gradient.isfinite().all()) for gradient in gradients)
        if finite:
            with torch.no_grad():
                adam(
                    list(self._both),
                    list(gradients),
                    self._adam.first_moments,
                    self._adam.second_moments,
                    [],
                    self._adam.descents,
                    lr=lr,
                    beta1=0.9,
                    beta2=0.999,
                    eps=1e-8,
                    weight_decay=0.0,
                    amsgrad=False,
                    maximize=False,
                )
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

    def _rearrange(self, rows: Tensor, *added: Tensor) -> None:
        """Keep rows and append logits and normals; moments follow the kept ones, and are zero for added ones."""
        before = self._adam
        kept = [tensor.detach()[rows] for tensor in self._both]
        self._set(*(torch.cat([old, new]) for old, new in zip(kept, added, strict=True)) if added else kept)
        self._adam = _Adam(
            [_follow(moment, rows, len(self)) for moment in before.first_moments],
            [_follow(moment, rows, len(self)) for moment in before.second_moments],
            before.descents,
        )

    def _set(self, logits: Tensor, normals: Tensor) -> None:
        self._logits = logits.requires_grad_()
        self._normals = normals.requires_grad_()
        first, second = ([torch.zeros_like(tensor) for tensor in self._both] for _ in range(2))
        self._adam = _Adam(first, second, _counts(0))

    def _logits_of(self, cloud: PointCloud) -> Tensor:
        return _logit(torch.tensor(cloud.points, dtype=torch.float32, device=self.device))

    def _normals_of(self, cloud: PointCloud) -> Tensor:
        if cloud.normals is None:
            raise ValueError("oriented points need normals, got none")
        return torch.tensor(cloud.normals, dtype=torch.float32, device=self.device)


def _logit(points: Tensor) -> Tensor:
    """Coordinates without bounds of points (N, 3) in the unit cube."""
    # The logarithm that torch takes from MKL chooses its code in the first call. Where two threads make it at once,
    # one may get another code, and the last bits of its half of the points differ from run to run.
    torch.log(points.new_ones(1))
    return torch.logit(points, eps=1e-4)


def _stacked(tensors: Iterable[Tensor]) -> NDArray[np.float32]:
    """(2, N, 3), a copy in main memory."""
    return torch.stack([tensor.detach() for tensor in tensors]).cpu().numpy()


def _counts(descents: int) -> list[Tensor]:
    """As Adam counts its steps, for each tensor."""
    return [torch.tensor(float(descents)) for _ in range(2)]


def _follow(moment: Tensor, rows: Tensor, count: int) -> Tensor:
    followed = moment.new_zeros((count, 3))
    followed[: len(rows)] = moment[rows]
    return followed
