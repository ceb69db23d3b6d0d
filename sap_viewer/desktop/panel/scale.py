"""Where a value stands on its slider."""

import math
from dataclasses import dataclass
from typing import Self

from sap_core.config import Span
from sap_viewer.controls import Control


@dataclass(frozen=True)
class Scale:
    """A slider's positions, 0 to 1, over the values of a span; equal ratios take equal room on a logarithmic one."""

    span: Span
    kind: type  # int or float

    @classmethod
    def of(cls, control: Control) -> Self:
        """The scale of a control.

        Raises:
            ValueError: the control has no range.
        """
        if control.span is None:
            raise ValueError(f"{control.name} has no range; annotate its field with a Span")
        return cls(control.span, control.kind)

    def position(self, value: float) -> float:
        """Where the value stands; a value out of the span stands at its end."""
        low, high = self.span.low, self.span.high
        inside = min(max(value, low), high)
        if self.span.logarithmic:
            return math.log(inside / low) / math.log(high / low)
        return (inside - low) / (high - low)

    def value(self, position: float) -> float:
        """The value at a position, rounded to the two digits that a person would choose."""
        low, high = self.span.low, self.span.high
        raw = low * (high / low) ** position if self.span.logarithmic else low + (high - low) * position
        rounded: float = self.kind(float(f"{raw:.2g}"))
        return min(max(rounded, low), high)
