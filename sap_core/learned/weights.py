"""Weights of the network in files: own ones (safetensors, with the variant inside) and the published checkpoints."""

import json
import pickle
import re
from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any, get_type_hints
from zipfile import BadZipFile

import torch
from torch import Tensor
from typeguard import TypeCheckError, check_type

from sap_core.learned.network import OrientedPointsNetwork, Variant
from sap_core.learned.tensor_file import read_tensors, write_tensors
from sap_core.validate.checkpoints import no_weights
from sap_core.validate.files import check_input, damaged, inaccessible

OWN_SUFFIX = ".safetensors"
SHIPPED = Path(__file__).parent / "shipped" / "shapes.safetensors"
WEIGHTS_SUFFIXES = (OWN_SUFFIX, ".pt", ".pth")
_PUBLISHED_RESOLUTIONS = {"grid": 32, "planes": 64}  # no tensor tells

# From a name here to the published one; the first rule that fits a part of the name changes it, and then the next.
_RULES = (
    (r"^offset_decoder\.", "decoder_offset."),
    (r"^normal_decoder\.", "decoder_normal."),
    (r"^encoder\.position\.", "encoder.fc_pos."),
    (r"^encoder\.feature\.", "encoder.fc_c."),
    (r"(blocks\.\d+)\.first\.", r"\1.fc_0."),
    (r"(blocks\.\d+)\.second\.", r"\1.fc_1."),
    (r"^(decoder_\w+)\.position\.", r"\1.fc_p."),
    (r"^(decoder_\w+)\.features\.", r"\1.fc_c."),
    (r"^(decoder_\w+)\.output\.", r"\1.fc_out."),
)
_GRID_RULES = (
    (r"unet\.down\.(\d+)\.0\.", r"unet3d.encoders.\1.basic_module.SingleConv1."),
    (r"unet\.down\.(\d+)\.1\.", r"unet3d.encoders.\1.basic_module.SingleConv2."),
    (r"unet\.up\.(\d+)\.0\.", r"unet3d.decoders.\1.basic_module.SingleConv1."),
    (r"unet\.up\.(\d+)\.1\.", r"unet3d.decoders.\1.basic_module.SingleConv2."),
    (r"unet\.last\.", "unet3d.final_conv."),
    (r"\.norm\.", ".groupnorm."),
    (r"\.convolution\.", ".conv."),
)
_PLANES_RULES = (
    (r"unet\.down\.(\d+)\.first\.", r"unet.down_convs.\1.conv1."),
    (r"unet\.down\.(\d+)\.second\.", r"unet.down_convs.\1.conv2."),
    (r"unet\.rise\.(\d+)\.", r"unet.up_convs.\1.upconv."),
    (r"unet\.up\.(\d+)\.first\.", r"unet.up_convs.\1.conv1."),
    (r"unet\.up\.(\d+)\.second\.", r"unet.up_convs.\1.conv2."),
    (r"unet\.last\.", "unet.conv_final."),
)


def load_weights(path: str | Path) -> OrientedPointsNetwork:
    """Read a network, whose variant the file tells; it is ready to predict, on the CPU.

    Args:
        path: own weights (.safetensors), or a published checkpoint (.pt, .pth), of which no pickled code is run.

    Raises:
        InputError: the file is missing, damaged or holds something else.
    """
    path = Path(path)
    try:
        check_input(path, suffixes=WEIGHTS_SUFFIXES, kind="file of weights")
        variant, tensors = (_own if path.suffix.lower() == OWN_SUFFIX else _published)(path)
    except OSError as error:
        raise inaccessible(path, error) from error
    network = OrientedPointsNetwork(variant)
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in (*wanted, *found):
        if wanted.get(name) != found.get(name):
            raise no_weights(path, name, wanted=wanted.get(name), found=found.get(name))
    network.load_state_dict(tensors)
    return network.eval()


def shipped_weights() -> OrientedPointsNetwork:
    """The network that comes with the program; ``sap_core/learned/shipped/README.md`` tells how it was trained."""
    return load_weights(SHIPPED)


def network_of(weights: str | Path | None) -> OrientedPointsNetwork:
    """The network of this file; of None the one that comes with the program.

    Raises:
        InputError: the file is missing, damaged or holds something else.
    """
    return shipped_weights() if weights is None else load_weights(weights)


def save_weights(network: OrientedPointsNetwork, path: str | Path, *, notes: Mapping[str, str] | None = None) -> None:
    """Write the weights with the variant, and notes such as the settings of the training, as safetensors.

    Raises:
        OSError: writing failed; an older file is still there.
    """
    write_tensors(Path(path), network.state_dict(), {"variant": json.dumps(asdict(network.variant)), **(notes or {})})


def published_name(name: str, variant: Variant) -> str:
    """What the published code calls a weight of the network."""
    for pattern, replacement in (*_RULES, *(_GRID_RULES if variant.features == "grid" else _PLANES_RULES)):
        name = re.sub(pattern, replacement, name)
    return name


def _own(path: Path) -> tuple[Variant, dict[str, Tensor]]:
    tensors, notes = read_tensors(path)
    try:
        variant = Variant(**json.loads(notes["variant"]))
        for name, kind in get_type_hints(Variant).items():
            check_type(getattr(variant, name), kind)
    except (KeyError, TypeError, ValueError, TypeCheckError) as error:
        raise no_weights(path, "the settings of the network", wanted="in its header", found=None) from error
    return variant, tensors


def _published(path: Path) -> tuple[Variant, dict[str, Tensor]]:
    stored = BytesIO(path.read_bytes())  # so that an error of reading is told from one of what was read
    try:
        contents = torch.load(stored, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, BadZipFile, RuntimeError, EOFError, ValueError, OSError) as error:
        raise damaged(path) from error
    state: Any = contents.get("state_dict", contents) if isinstance(contents, dict) else contents
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise no_weights(path, "state_dict", wanted="named tensors", found=type(state).__name__)
    tensors = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    variant = _recognised(path, tensors)
    ours = {published_name(name, variant): name for name in OrientedPointsNetwork(variant).state_dict()}
    return variant, {ours.get(name, name): tensor for name, tensor in tensors.items()}


def _recognised(path: Path, tensors: Mapping[str, Tensor]) -> Variant:
    """The variant of a published checkpoint, from the names and shapes of its tensors."""
    features = "grid" if any(name.startswith("encoder.unet3d.") for name in tensors) else "planes"
    down = r"encoder\.unet3d\.encoders\.(\d+)\." if features == "grid" else r"encoder\.unet\.down_convs\.(\d+)\."
    levels = {found.group(1) for name in tensors if (found := re.match(down, name))}
    for name in ("decoder_offset.fc_out.weight", "encoder.fc_c.weight"):
        if name not in tensors:
            raise no_weights(path, name, wanted="a matrix", found=None)
    return Variant(
        features="grid" if features == "grid" else "planes",
        resolution=_PUBLISHED_RESOLUTIONS[features],
        offsets=len(tensors["decoder_offset.fc_out.weight"]) // 3,
        width=len(tensors["encoder.fc_c.weight"]),
        levels=max(1, len(levels)),
    )
