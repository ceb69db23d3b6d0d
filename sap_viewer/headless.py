"""The run without windows: a progress bar, then the mesh, the oriented points and a video through EGL."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sap_viewer.command_line import command_line, in_words, repeating
from sap_viewer.commands import Load, SaveField, SaveMesh, Step
from sap_viewer.drawing import Drawing
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from sap_viewer.interrupt import Interrupt, deferred_interrupt
from sap_viewer.options import Options
from sap_viewer.output.checkpoint_keeper import CheckpointKeeper
from sap_viewer.output.export import Written, attempt, export_cloud, export_mesh
from sap_viewer.output.measures_text import closeness
from sap_viewer.output.measures_text import in_words as measures_in_words
from sap_viewer.output.saving import save_now
from sap_viewer.output.status_file import StatusFile
from sap_viewer.progress import Progress
from sap_viewer.scene.coloring import values_wanted
from sap_viewer.scene.scene import slices_wanted
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot

_STEPS_PER_REPORT = 5
_POLL_S = 0.003


def run(session: Session, load: Load, options: Options) -> int:
    """Reconstruct and write what the options ask for.

    Ctrl-C ends the run early, and so does a failure of the engine; what there is by then is written all the same.

    Returns:
        The exit code of the program.

    Raises:
        NoRendererError: a video or a picture is asked for, and there is no OpenGL to render it.
    """
    drawing = Drawing(options) if options.video or options.picture else None
    with deferred_interrupt() as interrupt:
        session.send(slices_wanted(options.drawn))
        session.send(values_wanted(options.drawn))
        session.send(load)
        snapshot = _await(session, interrupt, lambda state: state.run > 0 or (state.message and state.status != "busy"))
        said = snapshot.message
        if said:
            print(f"sap-viewer: {said}", file=sys.stderr)
        if snapshot.run == 0:
            return INTERRUPTED if interrupt.requested else BAD_INPUT if session.alive else FAILED
        if drawing:
            drawing.begin(snapshot, (in_words(load.settings),))
        keeper = CheckpointKeeper(options.checkpoint, session) if options.checkpoint else None
        status_file = _status_file(options, load)
        snapshot = _follow(session, snapshot, drawing, keeper, status_file, interrupt)
        if snapshot.status == "finished" and snapshot.message not in ("", said):
            print(f"sap-viewer: {snapshot.message}", file=sys.stderr)
        written = _write(session, snapshot, drawing, keeper, options)
        if snapshot.measures:
            print(f"sap-viewer: {measures_in_words(snapshot.measures, snapshot.agreement)}")
        compared = snapshot.comparison
        if compared and compared.at_rest:
            print(f"sap-viewer: against {compared.name}: {closeness(compared.at_rest)}")
        for warning in snapshot.agreement.warnings if snapshot.agreement else ():
            print(f"sap-viewer: {warning}", file=sys.stderr)
    if interrupt.requested:
        print(f"sap-viewer: interrupted at step {snapshot.step} of {snapshot.total_steps}", file=sys.stderr)
        return INTERRUPTED
    if snapshot.status == "failed":
        print(f"sap-viewer: stopped at step {snapshot.step}: {snapshot.message}", file=sys.stderr)
    return DONE if written and snapshot.status == "finished" else FAILED


def _follow(
    session: Session,
    snapshot: Snapshot,
    drawing: Drawing | None,
    keeper: CheckpointKeeper | None,
    status_file: StatusFile | None,
    interrupt: Interrupt,
) -> Snapshot:
    """Step to the end of the schedule; returns the last snapshot."""
    total = snapshot.total_steps
    stride = (drawing and drawing.stride(total)) or _STEPS_PER_REPORT
    with Progress(snapshot.progress) as progress:
        while snapshot.status not in ("failed", "finished") and not interrupt.requested:
            target = min(snapshot.step + stride, total)
            if drawing:
                session.send(drawing.slices_wanted())
            session.send(Step(target - snapshot.step))
            if drawing:
                drawing.add(snapshot)  # renders while the engine computes
            snapshot = _await(session, interrupt, partial(_at_step, target))
            progress.show(snapshot.progress, _report(snapshot))
            if status_file:
                status_file.update(snapshot)
            if keeper:
                keeper.update(snapshot)
    if drawing:
        drawing.add(snapshot, last=True)
    if snapshot.status == "finished":
        snapshot = _await(session, interrupt, _is_measured)
    if status_file:
        status_file.update(snapshot, at_once=True)
    return snapshot


def _status_file(options: Options, load: Load) -> StatusFile | None:
    if options.status is None:
        return None
    return StatusFile(options.status, repeat=lambda snapshot: command_line(repeating(options, load, snapshot)))


def _is_measured(snapshot: Snapshot) -> bool:
    compared = snapshot.comparison is None or snapshot.comparison.at_rest is not None
    return snapshot.measures is not None and snapshot.agreement is not None and compared


def _at_step(step: int, snapshot: Snapshot) -> bool:
    return snapshot.step >= step or snapshot.status == "finished"


def _await(session: Session, interrupt: Interrupt, reached: Callable[[Snapshot], object]) -> Snapshot:
    """The first snapshot for which the condition holds, or the latest one when the run cannot or shall not go on."""
    while True:
        snapshot = session.snapshot()
        if reached(snapshot) or snapshot.status == "failed" or interrupt.requested:
            return snapshot
        time.sleep(_POLL_S)


def _write(
    session: Session, snapshot: Snapshot, drawing: Drawing | None, keeper: CheckpointKeeper | None, options: Options
) -> bool:
    """Write all that was asked for, whatever fails among it; whether nothing did."""
    whole = drawing is None or not drawing.failed
    results = [*(drawing.finish(snapshot) if drawing else ()), keeper.finish() if keeper else None]
    if options.mesh is not None:
        results.append(_write_mesh(session, snapshot, options.mesh))
    if options.cloud is not None:
        results.append(attempt(export_cloud, snapshot, options.cloud))
    if options.field is not None:
        results.append(save_now(SaveField(options.field, options.field_resolution), session))
    for written in filter(None, results):
        print(f"sap-viewer: {written.sentence}", file=sys.stdout if written.succeeded else sys.stderr)
        whole &= written.succeeded
    return whole


def _write_mesh(session: Session, snapshot: Snapshot, path: Path) -> Written:
    """The mesh that the snapshot has, or where that is a coarser one, the whole mesh by the engine."""
    if snapshot.coarse and snapshot.status != "failed" and session.alive:
        return save_now(SaveMesh(path), session)
    return attempt(export_mesh, snapshot, path)


def _report(snapshot: Snapshot) -> str:
    losses = snapshot.history.losses
    loss = f", loss {losses[-1]:.2e}" if len(losses) else ""
    return f"step {snapshot.step}/{snapshot.total_steps}{loss}"
