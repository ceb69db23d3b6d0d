"""The command line ``sap-evaluate-dataset DATASET``: how near a network comes to the models of a dataset."""

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path
from statistics import mean
from typing import Annotated, Literal

import tyro
from tqdm import tqdm
from typing_extensions import Doc

from sap_core.config import DeviceName
from sap_core.device import find_device
from sap_core.learned import network_of
from sap_core.learned.evaluation import ModelFigures, Protocol, evaluate_models
from sap_core.learned.models import read_list
from sap_core.mesh.metrics import Metrics
from sap_core.validate.error import InputError
from sap_core.validate.settings import check_settings
from sap_core.whole_file import whole_file
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, exit_with

MEASURES = tuple(entry.name for entry in fields(Metrics))


@dataclass(frozen=True, kw_only=True)
class Options(Protocol):
    """Reconstruct a scan of each model of a dataset by a network, and measure how near it comes."""

    dataset: Annotated[
        tyro.conf.Positional[Path],
        Doc("Folder in the published layout: <class>/<model>/pointcloud.npz and psr.npz, and lists."),
    ]
    split: Annotated[Literal["train", "val", "test"], Doc("Which lists name the models.")] = "test"
    weights: Annotated[Path | None, Doc("Weights of the network, instead of the ones that come with the program.")] = (
        None
    )
    output: Annotated[
        Path | None,
        tyro.conf.arg(aliases=["-o"]),
        Doc("Write models.csv, classes.csv and figures.json to this folder."),
    ] = None
    device: DeviceName = "auto"


def main() -> None:
    """Run ``sap-evaluate-dataset`` and exit with its code."""
    exit_with(lambda: run(tyro.cli(Options, prog="sap-evaluate-dataset")))


def run(options: Options) -> int:
    """Evaluate and deliver the figures.

    Returns:
        The exit code of the program.
    """
    try:
        check_settings(options)
        network = network_of(options.weights)
        folders = read_list(options.dataset, options.split)
        protocol = Protocol(**{entry.name: getattr(options, entry.name) for entry in fields(Protocol)})
        device = find_device(options.device)
    except InputError as error:
        print(f"sap-evaluate-dataset: {error}", file=sys.stderr)
        return BAD_INPUT
    models = evaluate_models(folders, network, protocol, device=device)
    found = list(tqdm(models, total=len(folders), unit="model", disable=None))
    classes = per_class(found)
    print(as_csv(classes), end="")
    failures = [f"{each.kind}/{each.model}: {each.failure}" for each in found if each.metrics is None]
    if failures:
        print(f"sap-evaluate-dataset: {len(failures)} models have no figures:", *failures, sep="\n  ", file=sys.stderr)
    if options.output is not None:
        models_rows = [_row(each) for each in found]
        contents = {
            "protocol": asdict(protocol),
            "weights": str(options.weights or "shipped"),
            "models": models_rows,
            "classes": classes,
        }
        texts = {
            "models.csv": as_csv(models_rows),
            "classes.csv": as_csv(classes),
            "figures.json": json.dumps(contents, indent=2) + "\n",
        }
        try:
            options.output.mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                with whole_file(options.output / name) as temporary:
                    temporary.write_text(text)
        except OSError as error:
            where = error.filename or options.output
            print(f"sap-evaluate-dataset: cannot write {where}: {error.strerror or error}", file=sys.stderr)
            return FAILED
    return DONE


Row = dict[str, str | float | int]


def per_class(found: Sequence[ModelFigures]) -> list[Row]:
    """The means over the models of each class, over all models, and over the classes, as published."""
    measured = {
        kind: [_row(each) for each in found if each.kind == kind and each.metrics is not None]
        for kind in dict.fromkeys(each.kind for each in found)
    }
    rows = [_mean(kind, members) for kind, members in measured.items() if members]
    everything = [row for members in measured.values() for row in members]
    if not rows:
        return []
    return [*rows, _mean("all models", everything), {**_mean("all classes", rows), "models": len(everything)}]


def as_csv(rows: Sequence[Row]) -> str:
    """The rows under the names of their columns; nothing where there are none."""
    text = StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()


def _row(figures: ModelFigures) -> Row:
    values = {name: "" if figures.metrics is None else getattr(figures.metrics, name) for name in MEASURES}
    return {"class": figures.kind, "model": figures.model, **values, "failure": figures.failure}


def _mean(kind: str, rows: Sequence[Row]) -> Row:
    return {"class": kind, "models": len(rows), **{name: mean(float(row[name]) for row in rows) for name in MEASURES}}


if __name__ == "__main__":
    main()
