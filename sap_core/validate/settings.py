"""Settings within their ranges, changes that can be carried out, and runs that memory suffices for."""

import math
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from numbers import Integral, Real
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sap_core.config import PRESETS, Parameters, Settings, Span
from sap_core.memory import GB, Budget, predict
from sap_core.resolutions import MOST_DENSE, MULTIPLE, is_possible
from sap_core.validate.error import InputError, one_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FINEST_DENSE = 512  # nodes along each axis, all of which are held


def check_settings(settings: "DataclassInstance") -> None:
    """Hold each field to its annotation: numbers to their ``Span``, words to their ``Literal``; None where allowed.

    Args:
        settings: a dataclass such as ``Settings``, ``Parameters`` or the options of a front end.

    Raises:
        InputError: a value is outside.
    """
    hints = get_type_hints(type(settings), include_extras=True)
    for entry in fields(settings):
        hint = hints[entry.name]
        kind, *extras = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        value = getattr(settings, entry.name)
        kinds = get_args(kind) or (kind,)
        words = tuple(word for each in (kind, *kinds) if get_origin(each) is Literal for word in get_args(each))
        if get_origin(kind) is Literal or (words and isinstance(value, str)):
            _check_word(entry.name, value, words)
        elif value is not None or NoneType not in kinds:
            for span in (extra for extra in extras if isinstance(extra, Span)):
                if entry.name == "resolution":
                    _check_resolution(value, span, published=_is_published(settings))
                else:
                    _check_number(entry.name, value, span, whole=int in kinds)


def check_parameters(wanted: Parameters, settings: Settings) -> None:
    """Hold parameters to what they may be in a run with these settings.

    Raises:
        InputError: a value is outside.
    """
    check_settings(replace(settings, **asdict(wanted)))


def _check_word(name: str, value: Any, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InputError(f"{name} must be {one_of(words)}, got {value}")


def _check_number(name: str, value: Any, span: Span, *, whole: bool) -> None:
    if not (isinstance(value, Integral if whole else Real) and span.low <= float(value) <= span.high):
        kind = "a whole number" if whole else "a number"
        unit = f" {span.unit}" if span.unit and span.unit != name else ""
        raise InputError(f"{name} must be {kind} from {span.low:.10g} to {span.high:.10g}{unit}, got {value}")


def _check_resolution(value: Any, span: Span, *, published: bool) -> None:
    finest_dense = min(span.high, FINEST_DENSE)
    dense = published or span.high == finest_dense
    any_even, most = (finest_dense, finest_dense) if dense else (MOST_DENSE, span.high)
    whole = isinstance(value, Integral) and span.low <= int(value) <= most
    if whole and (int(value) % 2 == 0 if dense else is_possible(int(value))):
        return
    finer = "" if dense else f", or a multiple of {MULTIPLE} up to {most:g}"
    preset = " with the preset published" if published else ""
    raise InputError(
        f"resolution must be an even whole number from {span.low:g} to {any_even:g} nodes{finer}{preset}, got {value}"
    )


def _is_published(settings: "DataclassInstance") -> bool:
    return isinstance(settings, Settings) and settings.preset in PRESETS and PRESETS[settings.preset].as_published


def check_field(resolution: int, *, what: str, remedy: str) -> None:
    """Refuse a field that is larger than any that is written.

    Args:
        resolution: nodes along each axis.
        what: the user asked for.
        remedy: how to get a smaller one.

    Raises:
        InputError: it says how large it would be, and the largest that is written.
    """
    if resolution > FINEST_DENSE:
        raise InputError(
            f"{what} would have {resolution} nodes along each axis and take {4 * resolution**3 / GB:.1f} GB; the "
            f"largest that is written has {FINEST_DENSE}: {remedy}"
        )


def unknown_change(step: int, word: str, *, known: Sequence[str]) -> InputError:
    """Nothing of that name can be done to a run."""
    return bad_change(step, word, f"a change is {one_of(known)}, got {word}")


def bad_change(step: int, word: str, reason: str) -> InputError:
    """A change of a run cannot be carried out."""
    return InputError(f"--at {step} {word}: {reason}")


def check_memory(resolution: int, budget: Budget) -> None:
    """Refuse a resolution at which a run needs more memory than it may have.

    Raises:
        InputError: it says how much is needed and how much there is, and the largest resolution that fits.
    """
    if budget.fits(resolution):
        return
    fitting = budget.largest(at_most=resolution)
    remedy = f"the largest that fits is {fitting}" if fitting else "none fits; close other programs"
    # Rounded apart, so that the one is never said to be the other.
    needed = math.ceil(10 * predict(resolution, budget.workload) / GB) / 10
    free = math.floor(10 * budget.available / GB) / 10
    raise InputError(
        f"resolution {resolution} needs about {needed:.1f} GB of memory and {free:.1f} GB are free: {remedy}"
    )


def nothing_left(beyond: float, nearest: float, farthest: float) -> InputError:
    """The whole surface is farther from the scan than it may be."""
    return InputError(
        f"trimming what is farther than {beyond:.4g} from the scan leaves nothing: the surface is {nearest:.4g} to "
        f"{farthest:.4g} away; trim at a larger distance, or not at all"
    )


def missing_tensorboard() -> InputError:
    """The log for TensorBoard is wanted."""
    return InputError('--tensorboard needs an optional part; install it by: pip install "sap-viewer[tensorboard]"')
