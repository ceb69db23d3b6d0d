"""Fields read back: .npz by NumPy, .vti by an XML parser and the offsets that VTK's format lays down."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from sap_core.geometry import Field
from sap_core.io import FIELD_SUFFIXES, write_field
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET

VALUES = np.random.default_rng(0).normal(size=(4, 4, 4)).astype(np.float32)
FIELD = Field(VALUES, MAP_OFFSET + 0.125, 0.1)


def test_npz_holds_values_and_where_they_lie(tmp_path: Path) -> None:
    write_field(FIELD, tmp_path / "field.npz")
    with np.load(tmp_path / "field.npz") as archive:
        assert np.array_equal(archive["values"], VALUES)
        assert np.array_equal(archive["origin"], FIELD.origin)
        assert archive["spacing"] == 0.1


def test_vti_is_image_data_whose_first_index_runs_fastest(tmp_path: Path) -> None:
    write_field(FIELD, tmp_path / "field.vti")
    head, _, rest = (tmp_path / "field.vti").read_bytes().partition(b'<AppendedData encoding="raw">\n_')
    assert rest.endswith(b"\n</AppendedData>\n</VTKFile>\n")
    root = ElementTree.fromstring(head + b"</VTKFile>")
    assert root.attrib == {
        "type": "ImageData",
        "version": "1.0",
        "byte_order": "LittleEndian",
        "header_type": "UInt64",
    }
    image, piece, array = root.find("ImageData"), root.find("ImageData/Piece"), root.find(".//DataArray")
    assert image is not None
    assert piece is not None
    assert array is not None
    assert image.get("WholeExtent") == piece.get("Extent") == "0 3 0 3 0 3"
    assert [float(word) for word in image.get("Origin", "").split()] == FIELD.origin.tolist()
    assert image.get("Spacing") == "0.1 0.1 0.1"
    assert (array.get("type"), array.get("format"), array.get("offset")) == ("Float32", "appended", "0")
    length = int(np.frombuffer(rest, np.uint64, 1)[0])
    assert length == VALUES.nbytes
    stored = np.frombuffer(rest, np.float32, VALUES.size, offset=8)
    for x, y, z in np.ndindex(VALUES.shape):
        assert stored[x + 4 * (y + 4 * z)] == VALUES[x, y, z]


@pytest.mark.parametrize("suffix", FIELD_SUFFIXES)
def test_a_full_disk_leaves_the_older_file(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"field{suffix}"
    path.write_bytes(b"older")
    broken = Field(np.broadcast_to(np.float32(0), (2, 2, 2)), FIELD.origin, 1.0)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    monkeypatch.setattr(np, "ascontiguousarray", fail)
    with pytest.raises(OSError, match="No space"):
        write_field(broken, path)
    assert path.read_bytes() == b"older"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"field\.vtk: its name must end in \.npz or \.vti"):
        write_field(FIELD, tmp_path / "field.vtk")
