import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from sap_core.learned import OrientedPointsNetwork, Variant, load_weights, save_weights
from sap_core.learned.weights import published_name
from sap_core.validate.error import InputError
from tests.learned.networks import GRID, PLANES, network

PUBLISHED = [
    Variant("grid", 32, 7, 8, 3),
    Variant("grid", 32, 1, 8, 3),
    Variant("planes", 64, 5, 8, 4),
]


def as_published(made: OrientedPointsNetwork, *, prefix: str = "") -> dict[str, Any]:
    names = {name: prefix + published_name(name, made.variant) for name in made.state_dict()}
    return {"state_dict": {names[name]: tensor for name, tensor in made.state_dict().items()}, "epoch": 3}


@pytest.mark.parametrize("variant", [GRID, PLANES], ids=["grid", "planes"])
def test_own_weights_come_back_with_their_variant(variant: Variant, tmp_path: Path) -> None:
    made = network(variant)
    save_weights(made, tmp_path / "own.safetensors", notes={"command": "sap-train --shapes 8"})
    read = load_weights(tmp_path / "own.safetensors")
    assert read.variant == variant
    assert not read.training
    for name, tensor in made.state_dict().items():
        assert torch.equal(read.state_dict()[name], tensor)


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("variant", PUBLISHED, ids=["7 offsets", "1 offset", "planes"])
def test_published_checkpoints_are_recognised_by_their_tensors(variant: Variant, prefix: str, tmp_path: Path) -> None:
    made = network(variant)
    torch.save(as_published(made, prefix=prefix), tmp_path / "their.pt")
    read = load_weights(tmp_path / "their.pt")
    assert read.variant == variant
    cloud = torch.rand(1, 100, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for ours, theirs in zip(made(cloud), read(cloud), strict=True):
            assert torch.equal(ours, theirs)


def test_the_names_of_the_planes_are_the_published_ones() -> None:
    names = {published_name(name, PLANES) for name in network(PLANES).state_dict()}
    assert {
        "encoder.unet.down_convs.0.conv1.weight",
        "encoder.unet.down_convs.2.conv2.bias",
        "encoder.unet.up_convs.0.upconv.weight",
        "encoder.unet.up_convs.1.conv2.weight",
        "encoder.unet.conv_final.bias",
        "encoder.blocks.4.shortcut.weight",
        "decoder_normal.fc_c.4.bias",
    } <= names


class _Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("executed"),)


def test_no_pickled_code_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.pt").write_bytes(pickle.dumps(_Malicious()))
    torch.save({"state_dict": _Malicious()}, "worse.pt")
    for name in ("bad.pt", "worse.pt"):
        with pytest.raises(InputError, match=f"{name} is damaged"):
            load_weights(name)
    assert not Path("executed").exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"cut{suffix}"
    made = network(GRID)
    save_weights(made, path) if suffix == ".safetensors" else torch.save(as_published(made), path)
    whole = path.read_bytes()
    for length in (1, 100, len(whole) // 2, len(whole) - 20):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="damaged"):
            load_weights(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda state: state.pop("decoder_normal.fc_p.bias"), r"normal_decoder.position.bias should be .*missing"),
        (lambda state: state.update(extra=torch.zeros(2)), r"extra should be nothing of that name, and is \(2,\)"),
        (
            lambda state: state.update({"decoder_normal.fc_p.bias": torch.zeros(9)}),
            r"normal_decoder.position.bias should be \(8,\), and is \(9,\)",
        ),
        (lambda state: state.pop("encoder.fc_c.weight"), "encoder.fc_c.weight should be a matrix, and is missing"),
        (lambda state: state.clear(), "should be a matrix, and is missing"),
    ],
)
def test_foreign_weights_are_refused_with_what_was_found(change: Any, sentence: str, tmp_path: Path) -> None:
    contents = as_published(network(PUBLISHED[0]))
    change(contents["state_dict"])
    torch.save(contents, tmp_path / "foreign.pt")
    with pytest.raises(InputError, match=rf"foreign.pt holds no weights of this network: .*{sentence}"):
        load_weights(tmp_path / "foreign.pt")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file .*none\.pt"):
        load_weights(tmp_path / "none.pt")
    (tmp_path / "scan.ply").write_text("ply")
    with pytest.raises(InputError, match="must end in"):
        load_weights(tmp_path / "scan.ply")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(InputError, match="state_dict should be named tensors, and is list"):
        load_weights(tmp_path / "list.pt")
