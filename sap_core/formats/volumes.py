"""Fields on a grid: .npz for NumPy, and .vti, VTK's image data, which ParaView and 3D Slicer open."""

import sys
from pathlib import Path

import numpy as np

from sap_core.geometry import Field

_NAME = "indicator"


def write_npz(field: Field, path: Path) -> None:
    """Write the arrays values (R, R, R), origin (3,) and spacing () of a field.

    Raises:
        OSError: writing failed.
    """
    np.savez(path, values=field.values, origin=field.origin, spacing=field.spacing)


def write_vti(field: Field, path: Path) -> None:
    """Write a field as VTK's XML image data, its values as they are in memory, after the header.

    Raises:
        OSError: writing failed.
    """
    values = np.ascontiguousarray(field.values.T, dtype=np.float32)  # x runs fastest in VTK
    extent = " ".join(f"0 {count - 1}" for count in field.values.shape)
    origin = " ".join(map(repr, field.origin.tolist()))
    spacing = " ".join([repr(field.spacing)] * 3)
    order = "LittleEndian" if sys.byteorder == "little" else "BigEndian"
    header = (
        '<?xml version="1.0"?>\n'
        f'<VTKFile type="ImageData" version="1.0" byte_order="{order}" header_type="UInt64">\n'
        f'<ImageData WholeExtent="{extent}" Origin="{origin}" Spacing="{spacing}">\n'
        f'<Piece Extent="{extent}"><PointData Scalars="{_NAME}">\n'
        f'<DataArray type="Float32" Name="{_NAME}" format="appended" offset="0"/>\n'
        "</PointData></Piece></ImageData>\n"
        '<AppendedData encoding="raw">\n_'
    )
    with path.open("wb") as stream:
        stream.write(header.encode())
        stream.write(np.uint64(values.nbytes).tobytes())
        stream.write(values.data)
        stream.write(b"\n</AppendedData>\n</VTKFile>\n")
