"""A scan made ready: its strays left out, its frame and noise found, an even sample of it drawn for the loss."""

import math
from dataclasses import dataclass

import numpy as np

from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, PointCloud
from sap_core.scan.denoising import denoise
from sap_core.scan.outliers import find_outliers, share_in_space
from sap_core.scan.spacing import spacing
from sap_core.scan.survey import draw_evenly, estimate_noise, thin
from sap_core.schedule import Sampling
from sap_core.validate.points import clean_cloud

_MANY_STRAYS = 0.01  # of all points
_MUCH_IN_SPACE = 0.15  # of all points; noisy thin parts have up to a twelfth
_MUCH_SMOOTHING = 1 / 70  # of the cube


@dataclass(frozen=True, eq=False)
class PreparedScan:
    """What a reconstruction works on.

    Attributes:
        cloud: the scan without outliers, scan frame.
        frame: of these points.
        samples: (M, 3) unit frame, what the loss measures: spread evenly over the surface where the scan has more, and
            with less noise where points are dense.
        sampling: spacing and noise of the scan.
        even: (M, 3) the samples before their noise was lessened.
        notices: one sentence for each thing that was unusual and what was done about it.
        doubtful: whether the points by themselves may not tell enough of the surface: more than a hundredth of them
            were strays, many lie scattered in space, or their noise asks for smoothing over wide parts.
    """

    cloud: PointCloud
    frame: UnitFrame
    samples: FloatArray
    even: FloatArray
    sampling: Sampling
    notices: tuple[str, ...]
    doubtful: bool

    def more_samples(self, count: int, *, seed: int) -> FloatArray:
        """So many samples (M, 3), unit frame, of a scan that has more, as they were scanned."""
        points = self.frame.to_unit(self.cloud.points)
        return draw_evenly(points, at_most=count, rng=np.random.default_rng((seed, count)))


def prepare(scan: PointCloud, *, samples: int | None, rng: np.random.Generator) -> PreparedScan:
    """Make a scan ready.

    Args:
        scan: any frame and unit.
        samples: how many points the loss shall measure at most; None for every point.
        rng: draws the samples, and the points that outliers and noise are judged by.

    Raises:
        InputError: the scan cannot be used.
    """
    cleaned = clean_cloud(scan, source="the scan")
    cloud, notices = cleaned.cloud, cleaned.notices
    outliers = find_outliers(cloud.points, rng=rng)
    if outliers.any():
        notices += (f"{outliers.sum():,} of {len(cloud):,} points are far from all others and were left out",)
        cloud = clean_cloud(cloud.take(~outliers), source="the scan, its outliers left out,").cloud
    frame = UnitFrame.around(cloud.points)
    points = frame.to_unit(cloud.points)
    at_most = min(samples or len(points), len(points))
    even = thin(points, at_most=at_most, rng=rng)
    typical = spacing(even) * math.sqrt(at_most / len(points))
    sampling = Sampling(typical, estimate_noise(points, rng=rng), len(points))
    measured = points if samples is None else denoise(even, points, sampling=sampling, rng=rng)
    doubtful = (
        outliers.mean() > _MANY_STRAYS
        or sampling.smoothing > _MUCH_SMOOTHING
        or share_in_space(points, rng=np.random.default_rng(0)) > _MUCH_IN_SPACE
    )
    return PreparedScan(cloud, frame, measured, even, sampling, notices, bool(doubtful))
