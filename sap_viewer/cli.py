"""The command line: ``sap-viewer [SCAN] [options]``."""

import sys
from functools import partial
from importlib.metadata import version
from types import NoneType
from typing import get_args

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from sap_core.checkpoint import CHECKPOINT_SUFFIXES
from sap_core.config import Settings
from sap_core.crop import crop
from sap_core.io import CLOUD_SUFFIXES, FIELD_SUFFIXES, MESH_SUFFIXES, read_cloud
from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_core.validate.settings import FINEST_DENSE, check_field, check_settings
from sap_viewer import headless
from sap_viewer.commands import Load
from sap_viewer.desktop import windows
from sap_viewer.exit_codes import BAD_INPUT, DONE, exit_with
from sap_viewer.options import Options
from sap_viewer.output.export import PICTURE_SUFFIXES
from sap_viewer.output.recorder import VIDEO_SUFFIXES
from sap_viewer.output.recording import check_recording, check_size
from sap_viewer.output.remembered import forget, recall, remembered_path
from sap_viewer.referring import reference_at
from sap_viewer.resuming import resumed
from sap_viewer.scene.camera import read_camera
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import EngineSession
from sap_viewer.view import RendererError


def main() -> None:
    """Run ``sap-viewer`` and exit with its code."""
    exit_with(lambda: run(_parsed()))


def run(options: Options) -> int:
    """Check what can be checked before a long run, then hand over to the windows or to the headless form.

    Returns:
        The exit code of the program.
    """
    if options.version:
        print(f"sap-viewer {version('sap-viewer')}")
        return DONE
    try:
        if options.reset_settings:
            _reset_settings()
        check_options(options)
        session = EngineSession()  # it loads torch meanwhile
        try:
            if options.headless:
                load = _load(options)
                assert load is not None, "check_options asks for a scan"
                return headless.run(session, load, options)
            return windows.run(session, partial(_load, options), options)
        finally:
            session.close()
    except (InputError, RendererError) as error:
        print(f"sap-viewer: {error}", file=sys.stderr)
        return BAD_INPUT


def check_options(options: Options) -> None:
    """Refuse what would only fail after the run.

    Raises:
        InputError: a setting is out of range, an output cannot be written, or the options do not go together.
    """
    check_settings(options.settings)
    check_settings(options)
    check_recording(options.recording)
    check_settings(options.view)
    if options.picture_size is not None:
        check_size(options.picture_size, kind="picture")
    drawn = (options.video, options.picture)
    outputs = (options.mesh, options.cloud, options.field, *drawn, options.checkpoint, options.status)
    asked_for = [path.resolve() for path in outputs if path]
    twice = next((path for path in asked_for if asked_for.count(path) > 1), None)
    if twice is not None:
        raise InputError(f"two outputs would be written to {twice}: give each a name of its own")
    for path, suffixes, kind in (
        (options.mesh, MESH_SUFFIXES, "mesh"),
        (options.cloud, CLOUD_SUFFIXES, "oriented points"),
        (options.field, FIELD_SUFFIXES, "field"),
        (options.video, VIDEO_SUFFIXES, "video"),
        (options.picture, PICTURE_SUFFIXES, "picture"),
        (options.checkpoint, CHECKPOINT_SUFFIXES, "checkpoint"),
        (options.status, (".json",), "status"),
    ):
        if path is not None:
            check_output(path, suffixes=suffixes, kind=kind)
            if options.scan is not None and path.resolve() == options.scan.resolve():
                raise InputError(f"the {kind} would replace the scan {options.scan}: give it another name")
    if options.field is not None and options.field_resolution is None:
        remedy = f"add --field-resolution {FINEST_DENSE}"
        check_field(options.settings.resolution or 0, what=f"the field {options.field}", remedy=remedy)
    if options.headless and options.scan is None:
        raise InputError("--headless needs a scan to reconstruct: sap-viewer SCAN --headless --mesh out.ply")
    if options.headless and not any(outputs[:-1]):
        raise InputError("--headless would write nothing: add --mesh, --video or another output that --help lists")
    weights, init = options.settings.weights, options.settings.init
    if options.headless and weights is not None and init != "learned" and options.resume is None:
        raise InputError(f"--weights {weights} would not be used: add --init learned")
    if options.camera is not None:
        read_camera(options.camera)
    if options.resume is not None and options.scan is None:
        raise InputError("--resume needs the scan that the run is of: sap-viewer SCAN --resume run.npz")


def _parsed() -> Options:
    """The options given; for a run with windows, those chosen last in them stand for what is not given."""
    registry = ConstructorRegistry()
    registry.primitive_rule(_optional_value)
    parse = partial(tyro.cli, Options, prog="sap-viewer", config=(tyro.conf.FlagCreatePairsOff,), registry=registry)
    options: Options = parse()
    if options.headless or options.reset_settings:
        return options
    left = recall(remembered_path())[0]
    preset = left.preset if options.resume is None else None  # a checkpoint has its own
    if preset is None and left.view == ViewOptions():
        return options
    settings = Settings() if preset is None else Settings(preset=preset)
    return parse(default=Options(settings=settings, view=left.view))


def _reset_settings() -> None:
    path = remembered_path()
    try:
        forget(path)
    except OSError as error:
        raise InputError(f"cannot remove {path}: {error.strerror or error}") from error


def _load(options: Options) -> Load | None:
    if options.scan is None:
        if options.at:
            raise InputError("--at changes the run of a scan on its way: sap-viewer SCAN --at 12 flip")
        return None
    checkpoint = None if options.resume is None else resumed(options.resume, options.settings, options.changes)
    settings = options.settings if checkpoint is None else checkpoint.settings
    cleaned = read_cloud(options.scan, seed=settings.seed, crops=options.crops)
    cropped = crop(cleaned.cloud, options.crops)
    if checkpoint is not None:
        checkpoint.check_scan(cropped.points)
    return Load(
        cleaned.cloud,
        settings,
        options.scan.stem,
        cleaned.notices,
        start=not (options.headless or options.paused),
        checkpoint=checkpoint,
        crops=options.crops,
        changes=() if checkpoint else options.changes,
        reference=reference_at(options.reference),
    )


def _optional_value(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[object] | None:
    """Show an option that may stay unset as ``--steps INT``, where tyro would offer to type the word None."""
    kinds = get_args(info.type)
    if len(kinds) != 2 or kinds[1] is not NoneType:
        return None
    kind, *others = get_args(kinds[0]) or kinds[:1]  # all of one kind, where there are several
    count = 1 + len(others)
    return PrimitiveConstructorSpec(
        nargs=count,
        metavar=" ".join([kind.__name__.upper()] * count),
        instance_from_str=lambda words: tuple(map(kind, words)) if others else kind(words[0]),
        is_instance=lambda value: value is None or isinstance(value, tuple if others else kind),
        str_from_instance=lambda value: ["unset" if value is None else str(value)],
    )
