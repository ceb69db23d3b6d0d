"""The smoothed inverse of the Laplacian on the periodic unit cube: one forward and one inverse FFT."""

import math

import torch
from torch import Tensor

_AXES = (0, 1, 2)


class SmoothInverseLaplacian:
    """``chi = g_sigma * laplace^-1 source``, with the published Gaussian ``exp(-0.5 (2 sigma |f| / R)^2)``.

    It is self-adjoint, so it is its own backward pass. The mean of the solution is 0.

    Args:
        resolution: R, nodes along each axis.
        sigma: width of the smoothing, sigma / pi grid cells.
        like: a tensor on the device and of the precision to work in.
    """

    def __init__(self, resolution: int, sigma: float, *, like: Tensor) -> None:
        self.resolution = resolution
        full = torch.fft.fftfreq(resolution, 1 / resolution, device=like.device, dtype=like.dtype)
        half = torch.fft.rfftfreq(resolution, 1 / resolution, device=like.device, dtype=like.dtype)
        self._frequencies = (full[:, None, None], full[None, :, None], half[None, None, :])
        self._symbol = like.new_empty(resolution, resolution, resolution // 2 + 1)
        self.smooth(sigma)

    def smooth(self, sigma: float) -> None:
        """Change the width of the smoothing."""
        x, y, z = self._frequencies
        torch.add(x**2 + y**2, z**2, out=self._symbol).reciprocal_()
        for frequency in self._frequencies:
            self._symbol *= torch.exp(-0.5 * (2 * sigma / self.resolution * frequency) ** 2)
        self._symbol /= -((2 * math.pi) ** 2)
        self._symbol[0, 0, 0] = 0

    def __call__(self, source: Tensor) -> Tensor:
        """(R, R, R) -> (R, R, R)."""
        spectrum = torch.fft.rfftn(source, dim=_AXES)
        spectrum *= self._symbol
        spectrum = torch.fft.ifftn(spectrum, dim=_AXES[:2])  # irfftn would hold both spectra until it is done
        return torch.fft.irfft(spectrum, n=self.resolution, dim=_AXES[2])
