"""Named tensors with notes in a safetensors file."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from sap_core.validate.files import damaged
from sap_core.whole_file import whole_file


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, str]) -> None:
    """Write a file, which appears whole or not at all.

    Raises:
        OSError: it cannot be written; an older one is still there.
    """
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    contents = save(stored, dict(notes))  # its own writer tells no full disk from a mistake in the tensors
    with whole_file(path) as temporary:
        temporary.write_bytes(contents)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the notes of a file.

    Raises:
        InputError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise damaged(path) from error
