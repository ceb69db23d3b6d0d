"""The processes that train one network together, as ``torchrun`` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import distributed

from sap_core.device import find_device
from sap_core.learned.training import ALONE, Process


@contextmanager
def together(device: str) -> Iterator[tuple[Process, torch.device]]:
    """Join the processes that ``torchrun`` started; a program started alone is the only one.

    Args:
        device: as in ``Settings``; with several processes on a machine with several GPUs each takes one.

    Yields:
        Which process this is, and its device.

    Raises:
        InputError: there is no such device.
    """
    if "RANK" not in os.environ:
        yield ALONE, find_device(device)
        return
    chosen = find_device(device)
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Process(distributed.get_rank(), distributed.get_world_size()), chosen
    finally:
        distributed.destroy_process_group()


def wait_for_all(process: Process) -> None:
    """Go on when all processes have come here."""
    if process.processes > 1:
        distributed.barrier()
