"""How the run of a scan begins: anew, or where a checkpoint left it."""

from typing import NamedTuple

from sap_core.changes import KINDS, changed, end_of
from sap_core.geometry import PointCloud
from sap_core.reconstruction import Reconstruction, held_by
from sap_viewer.commands import Load
from sap_viewer.engine.steering import Steering


class Beginning(NamedTuple):
    """A run before its first step here.

    Attributes:
        steering: with what is due in it.
        notices: what is to be said about the scan and the run.
    """

    reconstruction: Reconstruction
    steering: Steering
    notices: tuple[str, ...]


def beginning_of(scan: PointCloud, command: Load) -> Beginning:
    """Set up the run that a command asks for.

    Args:
        scan: what of it is reconstructed.
        command: says how.

    Raises:
        InputError: scan, settings or checkpoint cannot be used, or memory will not suffice, now or for what is due.
        SurfaceVanished: the points of the start make no surface.
    """
    if command.checkpoint is None:
        reconstruction = Reconstruction(scan, command.settings)
        steering = Steering(reconstruction.parameters, command.changes)
        notices = reconstruction.notices
    else:
        reconstruction = Reconstruction.resume(scan, command.checkpoint)
        step = reconstruction.step_count
        steering = Steering(held_by(command.checkpoint.settings), command.checkpoint.changes, step=step)
        end = end_of(steering.changes, reconstruction.total_steps)
        notices = (*reconstruction.notices, f"continued from step {step:,} of {end:,}")
    for count, change in enumerate(steering.due, start=1):
        if change.what in KINDS:
            reconstruction.check_fits(changed(reconstruction.parameters, steering.due[:count]))
    return Beginning(reconstruction, steering, notices)
