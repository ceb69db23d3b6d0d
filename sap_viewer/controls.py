"""Controls derived from documented dataclass fields, so that a setting is described in one place.

A field takes part when its annotation carries a ``Doc``; its range comes from a ``Span`` beside it.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from typing_extensions import Doc

from sap_core.config import Span


@dataclass(frozen=True)
class Control:
    """One adjustable value as a person sees it."""

    name: str  # of the field
    label: str
    hint: str
    span: Span | None  # None: a switch or a free text
    kind: type  # bool, int, float or str
    default: Any
    words: tuple[str, ...] = ()  # to choose from

    @property
    def tooltip(self) -> str:
        """Meaning, range and unit, one after the other."""
        if self.span is None:
            return self.hint
        unit = f" {self.span.unit}" if self.span.unit else ""
        if self.span.choices:
            values = ", ".join(map(written, self.span.choices))
        else:
            values = f"{written(self.span.low)} to {written(self.span.high)}"
        return f"{self.hint}\n{values}{unit}"


def written(value: float) -> str:
    """The value as a person reads it: thousands set apart, three digits of a fraction."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def controls_of(documented: type) -> tuple[Control, ...]:
    """The controls of a dataclass, in the order of its fields."""
    hints = get_type_hints(documented, include_extras=True)
    controls = []
    for entry in fields(documented):
        hint = hints[entry.name]
        if get_origin(hint) is not Annotated:
            continue
        annotated, *extras = get_args(hint)
        doc = next((extra.documentation for extra in extras if isinstance(extra, Doc)), None)
        if doc is None:
            continue
        span = next((extra for extra in extras if isinstance(extra, Span)), None)
        kind = next((arg for arg in get_args(annotated) if arg in (bool, int, float, str)), None)
        words = get_args(annotated) if get_origin(annotated) is Literal else ()
        control = Control(entry.name, _label(entry.name), doc, span, kind or _plain(annotated), entry.default, words)
        controls.append(control)
    return tuple(controls)


def _label(name: str) -> str:
    label = name.replace("_", " ").replace("color", "colour")
    return {"lr": "learning rate"}.get(label, label).capitalize()


def _plain(annotated: Any) -> type:
    return annotated if isinstance(annotated, type) else str
