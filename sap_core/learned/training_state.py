"""The checkpoint of a training run: network, Adam's moments, step and settings, in one safetensors file."""

import json
from dataclasses import asdict
from pathlib import Path

from torch import nn
from torch.optim import Adam

from sap_core.learned.config import Training
from sap_core.learned.tensor_file import read_tensors, write_tensors
from sap_core.validate.error import InputError
from sap_core.validate.files import damaged

_MAY_CHANGE = {"steps", "validate_every", "save_every", "compile"}  # in a run that goes on
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")  # of Adam, for each parameter


def write_state(path: Path, settings: Training, network: nn.Module, optimizer: Adam, *, step: int, best: float) -> None:
    """Write the state of a run; the file appears whole or not at all.

    Raises:
        OSError: it cannot be written; an older one is still there.
    """
    names = [name for name, _ in network.named_parameters()]
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"{moment}.{names[index]}": moments[moment] for moment in _MOMENTS}
    notes = {"settings": json.dumps(asdict(settings)), "step": str(step), "best": repr(best)}
    write_tensors(path, tensors, notes)


def read_state(path: Path, settings: Training, network: nn.Module, optimizer: Adam) -> tuple[int, float]:
    """Bring network and optimiser to the state that a file holds.

    Returns:
        The steps done, and the least validation error so far.

    Raises:
        InputError: the file is damaged, or the run was begun with other settings.
    """
    tensors, notes = read_tensors(path)
    try:
        begun_with = json.loads(notes["settings"])
        step, best = int(notes["step"]), float(notes["best"])
    except (KeyError, ValueError) as error:
        raise damaged(path) from error
    for name, value in asdict(settings).items():
        if name not in _MAY_CHANGE and begun_with.get(name) != value:
            raise InputError(
                f"the run in {path.parent} was begun with {name} {begun_with.get(name)}, and now it is {value}: "
                "give the same settings, or another folder"
            )
    try:
        network.load_state_dict(
            {name.removeprefix("network."): tensor for name, tensor in tensors.items() if name.startswith("network.")}
        )
        state = {
            index: {moment: tensors[f"{moment}.{name}"] for moment in _MOMENTS}
            for index, (name, _) in enumerate(network.named_parameters())
        }
    except (KeyError, RuntimeError) as error:
        raise damaged(path) from error
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return step, best
