"""What of a snapshot goes to a front end: the scan goes over once, and what has stayed as it was does not go again."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from sap_core.geometry import Mesh, PointCloud
from sap_viewer.mesh_values import mesh_values
from sap_viewer.snapshot import Snapshot

_LARGE = ("scan", "cloud", "mesh", "values", "prediction", "changes")


@dataclass(frozen=True)
class Update:
    """From one snapshot to the next.

    Attributes:
        snapshot: the next one, without what has stayed.
        stayed: the fields that are still what they were.
    """

    snapshot: Snapshot
    stayed: tuple[str, ...]


def completed(new: Snapshot, old: Snapshot) -> Snapshot:
    """The new snapshot with the values that it asks for, and with objects of the old one where they are equal."""
    same = {name: getattr(old, name) for name in ("cloud", "mesh") if _equal(getattr(new, name), getattr(old, name))}
    new = replace(new, **same, changes=old.changes if new.changes == old.changes else new.changes)
    if new.mesh is None or new.values_by is None:
        return new
    if new.mesh is old.mesh and old.values is not None and old.values.by == new.values_by:
        return replace(new, values=old.values)
    return replace(new, values=mesh_values(new.mesh, new.values_by))


def update(new: Snapshot, old: Snapshot) -> Update:
    """What a reader of the old snapshot lacks of the new one; objects are told apart by identity."""
    stayed = tuple(name for name in _LARGE if getattr(new, name) is getattr(old, name))
    left_out: dict[str, Any] = dict.fromkeys(stayed)
    return Update(replace(new, **left_out), stayed)


def updated(old: Snapshot, by: Update) -> Snapshot:
    """The new snapshot again."""
    return replace(by.snapshot, **{name: getattr(old, name) for name in by.stayed})


def _equal(one: PointCloud | Mesh | None, other: PointCloud | Mesh | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(_same(getattr(one, entry.name), getattr(other, entry.name)) for entry in fields(one))


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one is other
