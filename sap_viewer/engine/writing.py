"""Files of a run that only the engine can write, since only it has all that goes into them."""

from collections.abc import Sequence
from dataclasses import replace

from sap_core.changes import Change
from sap_core.checkpoint import write_checkpoint
from sap_core.io import write_field, write_mesh
from sap_core.reconstruction import Reconstruction
from sap_core.validate.error import InputError
from sap_core.validate.settings import FINEST_DENSE
from sap_viewer.commands import Save, SaveCheckpoint, SaveField, SaveMesh
from sap_viewer.snapshot import Saved


def write(command: Save, now: Reconstruction | None, *, changes: Sequence[Change]) -> Saved:
    """What came of the command. The run is worth more than a file of it: where that cannot be written, it goes on.

    Args:
        command: what to write, and where.
        now: the run, if there is one.
        changes: that were made to it.
    """
    failure, step = "", 0
    try:
        if now is None:
            raise InputError(f"there is no run to write to {command.path} yet; open a scan first")
        step = now.step_count
        match command:
            case SaveCheckpoint(path):
                write_checkpoint(replace(now.checkpoint(), changes=tuple(changes)), path)
            case SaveMesh(path, trim):
                now.refresh()
                write_mesh(now.dressed_mesh(trim=trim), path)
            case SaveField(path, resolution):
                write_field(now.field(resolution or min(now.in_force.resolution, FINEST_DENSE)), path)
    except InputError as error:
        failure = str(error)
    except (OSError, MemoryError, RuntimeError) as error:  # the last is torch's where memory runs out
        failure = f"cannot write {command.path}: {getattr(error, 'strerror', None) or error}"
    return Saved(command, step, failure)
