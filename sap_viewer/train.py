"""The command line ``sap-train -o FOLDER``: train a network on models of one's own, published ones or made shapes."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import tyro
from tqdm import tqdm
from typing_extensions import Doc

from sap_core.config import DeviceName, Span
from sap_core.learned.config import Training
from sap_core.learned.dataset import Models
from sap_core.learned.models import Split, read_list
from sap_core.learned.processes import together, wait_for_all
from sap_core.learned.training import BEST_FILE, NotFinite, Progress, Trainer
from sap_core.validate.error import InputError
from sap_core.validate.settings import check_settings
from sap_viewer.exit_codes import BAD_INPUT, DONE, exit_with
from sap_viewer.training_data import meshes_folder, shapes_folder
from sap_viewer.training_log import TrainingLog

_PATIENCE_S = 0.1 if sys.stderr.isatty() else 30.0  # a log file needs fewer lines


@dataclass(frozen=True)
class Options(Training):
    """Train a network that turns points into a watertight mesh in one pass. Give one of --shapes, --meshes, --data."""

    output: Annotated[
        Path,
        tyro.conf.arg(aliases=["-o"]),
        Doc("Folder of the run: checkpoint, best weights and log. A run that was left there goes on."),
    ] = Path("out/training")
    shapes: Annotated[int, Doc("Train on so many shapes made by chance."), Span(0, 10_000_000, unit="shapes")] = 0
    meshes: Annotated[Path | None, Doc("Train on the watertight meshes in this folder.")] = None
    data: Annotated[
        Path | None, Doc("Train on models in the published layout: <class>/<model>/pointcloud.npz and psr.npz, lists.")
    ] = None
    cache: Annotated[
        Path | None, Doc("Keep the models made of shapes or meshes in this folder and not in the user's cache.")
    ] = None
    workers: Annotated[
        int, Doc("Processes that make the scans; 0 makes them between the steps."), Span(0, 256, unit="processes")
    ] = 1
    device: DeviceName = "auto"
    tensorboard: Annotated[bool, Doc("Log for TensorBoard as well.")] = False


def main() -> None:
    """Run ``sap-train`` and exit with its code."""
    exit_with(lambda: run(tyro.cli(Options, prog="sap-train")))


def run(options: Options) -> int:
    """Make or find the models, and train.

    Returns:
        The exit code of the program.
    """
    try:
        check_settings(options)
        _check_sources(options)
        return _train(options)
    except InputError as error:
        print(f"sap-train: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        name = error.filename or options.output
        print(
            f"sap-train: cannot write {name}: {error.strerror or error}; the checkpoint before it is whole",
            file=sys.stderr,
        )
        return BAD_INPUT


def _train(options: Options) -> int:
    settings = Training(**{entry.name: getattr(options, entry.name) for entry in fields(Training)})
    with together(options.device) as (process, device):
        first = process.rank == 0
        if first:
            root, refused = _models(options)
        wait_for_all(process)
        if not first:  # they are there by now
            root, refused = _models(options)

        def models(split: Split) -> Models:
            return Models(
                read_list(root, split), resolution=settings.resolution, corruption=settings, seed=settings.seed
            )

        trainer = Trainer(
            settings,
            (models("train"), models("val")),
            options.output,
            device=device,
            workers=options.workers,
            process=process,
        )
        log = _log(options, trainer.step) if first else None
        bar = tqdm(initial=trainer.step, total=settings.steps, unit="step", disable=not first, mininterval=_PATIENCE_S)
        failure = ""

        def report(progress: Progress) -> None:
            if log is None:
                return
            log.add(progress)
            bar.set_postfix(loss=f"{progress.loss:.4f}", refresh=False)
            if progress.validation is not None:
                bar.write(f"step {progress.step}: validation {progress.validation:.5f}")
            bar.update()

        try:
            trainer.run(report)
        except NotFinite as error:
            failure = str(error)
        finally:
            bar.close()
            if log is not None:
                log.close()
    if not first:
        return BAD_INPUT if failure else DONE
    skipped = sorted({*refused, *trainer.skipped})
    if skipped:
        print(f"sap-train: {len(skipped)} models were skipped:", *skipped, sep="\n  ", file=sys.stderr)
    if failure:
        print(f"sap-train: {failure}", file=sys.stderr)
        return BAD_INPUT
    print(f"sap-train: the best weights are in {options.output / BEST_FILE}")
    return DONE


def _log(options: Options, step: int) -> TrainingLog:
    return TrainingLog(
        options.output / "log.csv",
        step=step,
        batch=options.batch,
        tensorboard=options.output / "tensorboard" if options.tensorboard else None,
    )


def _check_sources(options: Options) -> None:
    given = [name for name in ("shapes", "meshes", "data") if getattr(options, name)]
    if len(given) != 1:
        found = " and ".join(f"--{name}" for name in given) or "none of them"
        raise InputError(f"give one of --shapes, --meshes and --data to train on, got {found}")
    for folder in filter(None, (options.meshes, options.data)):
        if not folder.is_dir():
            raise InputError(f"there is no folder {folder}")


def _models(options: Options) -> tuple[Path, list[str]]:
    """The folder of the models, and a sentence for each that could not be made."""
    if options.data is not None:
        return options.data, []
    cache, resolution, sigma = options.cache, options.resolution, options.sigma
    if options.meshes is not None:
        return meshes_folder(cache, options.meshes, resolution=resolution, sigma=sigma)
    return shapes_folder(cache, options.shapes, seed=options.seed, resolution=resolution, sigma=sigma), []


if __name__ == "__main__":
    main()
