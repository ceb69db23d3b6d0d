"""Where to compute, and how much memory there is."""

import torch

from sap_core.free_memory import available_memory
from sap_core.memory import has_own_memory
from sap_core.validate.error import InputError


def find_device(name: str) -> torch.device:
    """The device of a name; 'auto' is the first accelerator, or else the CPU.

    Raises:
        InputError: there is no such device here.
    """
    if name == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch built without the device raises either
        raise InputError(f"device {name!r} cannot be used here: try --device auto or --device cpu") from error


def available_on(device: torch.device) -> int:
    """Bytes that this process may come to hold where a device computes, those that it holds already included."""
    if not has_own_memory(str(device)):
        return available_memory()
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device)
