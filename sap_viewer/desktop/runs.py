"""Which scan runs with which preset; nothing that somebody would miss is replaced without a question."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path

from sap_core.changes import Change
from sap_core.checkpoint import read_checkpoint
from sap_core.config import PresetName
from sap_core.io import MESH_SUFFIXES
from sap_core.validate.error import InputError
from sap_viewer.commands import Load, Reset, Restore, SetReference
from sap_viewer.desktop.messages import Question
from sap_viewer.desktop.unsaved import UnsavedWork
from sap_viewer.options import Options
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot

KEEP = "Keep it"


class Runs:
    """Opens scans and starts them over.

    Attributes:
        preset: for the next scan or reset.
        scan: the file of the scan shown; None for one that came as an array.
        work: what the run shown has done that is in no file.
        question: that waits for an answer.
        notice: one sentence about what was left out or refused.
    """

    def __init__(self, session: Session, options: Options, work: UnsavedWork) -> None:
        self._session = session
        self._options = options
        self.work = work
        self._numbers = count(1)
        self._accepted: Callable[[], None] = lambda: None
        self._snapshot = Snapshot()
        self.preset = options.settings.preset
        self.question: Question | None = None
        self.notice = ""

    @property
    def scan(self) -> Path | None:
        loaded = self._session.loaded
        return loaded.source if loaded is not None and isinstance(loaded.source, Path) else self._options.scan

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of the latest state."""
        self._snapshot = snapshot

    def open(self, paths: Sequence[Path]) -> None:
        """Load the first of these files and run it; a mesh among the others may become its reference.

        The rest are left out, and that is said.
        """
        scan, *others = paths
        mesh = next((path for path in others if path.suffix.lower() in MESH_SUFFIXES), None)
        others = [path for path in others if path is not mesh]
        left_out = f"of {len(paths)} files {scan.name} is opened; left out: {', '.join(path.name for path in others)}"
        self.notice = left_out if others else ""
        settings = replace(self._options.settings, preset=self.preset)
        load = Load(scan, settings, scan.stem, start=not self._options.paused)

        def act() -> None:
            self._session.send(load)
            if mesh is not None:
                self._offer_reference(mesh, scan)

        self._unless_missed("Open", scan.name, act)

    def resume(self, path: Path) -> None:
        """Continue the scan shown from a checkpoint of it."""
        loaded = self._session.loaded
        if loaded is None:
            self.notice = f"open the scan first that {path} is a checkpoint of"
            return
        try:
            checkpoint = read_checkpoint(path)
        except InputError as error:
            self.notice = str(error)
            return
        self.notice = ""
        crops = self._snapshot.crops
        load = replace(loaded, settings=checkpoint.settings, checkpoint=checkpoint, crops=crops, start=False)
        self._unless_missed("Resume", path.name, lambda: self._session.send(load))

    def reset(self) -> None:
        """Back to step 0, with the preset chosen; pauses."""
        loaded = self._session.loaded
        if loaded is None or loaded.settings.preset == self.preset:
            self._unless_missed("Reset", "", lambda: self._session.send(Reset()))
        else:
            self._unless_missed("Reset", f"to {self.preset}", lambda: self._load_again(loaded, start=False))

    def reload(self) -> None:
        """Start the scan shown over with the preset chosen, and run."""
        loaded = self._session.loaded
        if loaded is not None:
            own = self._options.settings
            start = replace(
                loaded, settings=replace(loaded.settings, init=own.init, weights=own.weights, flip=own.flip)
            )
            self._unless_missed("Start over", f"with {self.preset}", lambda: self._load_again(start, start=True))

    def continue_from_prediction(self) -> None:
        """Start the scan shown over from its prediction, with the settings as they are."""
        loaded, seen = self._session.loaded, self._snapshot.prediction
        if loaded is None or seen is None:
            return
        start = replace(loaded, settings=replace(loaded.settings, init="learned", weights=seen.weights, flip=False))

        def act() -> None:
            now = asdict(self._snapshot.requested)
            self._load_again(start, changes=tuple(Change(0, name, value) for name, value in now.items()), start=True)

        self._unless_missed("Continue", "from the prediction", act)

    def branch(self, restore: Restore, act: Callable[[], None]) -> None:
        """Go on from an earlier state of the run, which lets go of what came after."""
        self._unless_missed("Branch", f"from step {restore.step:,}", act)

    def choose(self, preset: PresetName) -> None:
        """Take this preset from the next scan or reset on."""
        self.preset = preset

    def answer(self, *, accepted: bool, number: int | None = None) -> None:
        """Answer the question that waits; an answer to another number comes too late."""
        if self.question is None or number not in (None, self.question.number):
            return
        self.question = None
        if accepted:
            self._accepted()

    def _offer_reference(self, mesh: Path, scan: Path) -> None:
        self._accepted = lambda: self._session.send(SetReference(mesh, mesh.name))
        text = (
            f"{scan.name} is opened. Take {mesh.name} as its reference, the true surface in the same coordinates? "
            "The mesh is then compared with it while the run goes on."
        )
        self.question = Question(next(self._numbers), text, "Take it", "Leave it out", title="Reference")

    def _load_again(self, loaded: Load, *, start: bool, changes: tuple[Change, ...] = ()) -> None:
        again = replace(loaded, settings=replace(loaded.settings, preset=self.preset), checkpoint=None, changes=changes)
        self._session.send(replace(again, crops=self._snapshot.crops, start=start))

    def _unless_missed(self, accept: str, what: str, act: Callable[[], None]) -> None:
        """Act at once, or once it is accepted; ``accept`` and ``what`` say what it does."""
        self.question = None
        if not self.work.missed:
            act()
            return
        self._accepted = act
        text = (
            f"{f'{accept} {what}'.strip()}? The run of {self._snapshot.name} has worked for {self.work.seconds:.0f} s, "
            "and no file holds what it has found. Export the mesh to keep it."
        )
        self.question = Question(next(self._numbers), text, accept, KEEP)
