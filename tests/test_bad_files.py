"""Every way in which a file can be no scan: one sentence, and never another exception."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
import pytest
from PIL import Image

from sap_core.io import SCAN_SUFFIXES, read_cloud, write_cloud, write_mesh
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball

HTML = b"<!DOCTYPE html>\n<html>\n<body>\n<p>404 Not Found</p>\n</body>\n</html>\n"
EVERYWHERE = tuple(suffix for suffix in SCAN_SUFFIXES if suffix != ".e57")  # which has a test file of its own


def picture() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)).save(stream, "png")
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def ply(header: str, body: str = "") -> bytes:
    return f"ply\nformat ascii 1.0\n{header}\nend_header\n{body}".encode()


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_cloud(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


# --- what can be told without opening it ---


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "scan.ply") == f"there is no file {tmp_path}/scan.ply"


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "scan.ply").mkdir()
    assert refusal(tmp_path / "scan.ply") == f"{tmp_path}/scan.ply is a folder; give a scan in it"


def test_an_unknown_extension(tmp_path: Path) -> None:
    (tmp_path / "scan.docx").write_bytes(b"scan")
    assert refusal(tmp_path / "scan.docx") == (
        f"cannot tell how to read {tmp_path}/scan.docx: its name must end in "
        ".ply, .obj, .stl, .off, .glb, .xyz, .asc, .txt, .pts, .csv, .ptx, .pcd, .npy, .npz, .las, .laz or .e57"
    )


def test_a_name_that_the_file_system_refuses(tmp_path: Path) -> None:
    assert refusal(tmp_path / (300 * "x" + ".ply")).endswith("x.ply: File name too long")


@pytest.mark.parametrize("suffix", SCAN_SUFFIXES)
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"scan{suffix}"
    path.touch()
    assert refusal(path) == f"{path} is empty"


# --- not what the extension says ---


@pytest.mark.parametrize("contents", [picture(), HTML, b"hello\n", bytes(1000)], ids=["png", "html", "text", "zeros"])
@pytest.mark.parametrize("suffix", EVERYWHERE)
def test_not_what_its_extension_says(tmp_path: Path, suffix: str, contents: bytes) -> None:
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(contents)
    sentence = refusal(path)
    assert str(path) in sentence
    assert any(part in sentence for part in (f"not in the {suffix[1:].upper()} format", "holds no points", "line "))


@pytest.mark.parametrize("suffix", [".ply", ".pcd", ".ptx", ".npy", ".npz", ".las", ".laz", ".glb"])
def test_binary_formats_are_recognised_for_certain(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"scan{suffix}"
    path.write_bytes(picture())
    assert refusal(path) == f"{path} is damaged or not in the {suffix[1:].upper()} format: copy or export it again"


# --- damaged ---


def write_las(path: Path) -> None:
    points = laspy.create(point_format=3, file_version="1.2")
    points.x, points.y, points.z = colored_ball().points.T
    points.write(path)


def write_text(path: Path) -> None:
    np.savetxt(path, colored_ball().points)


def write_pcd(path: Path) -> None:
    points = colored_ball().points
    header = f"FIELDS x y z\nSIZE 8 8 8\nTYPE F F F\nWIDTH {len(points)}\nHEIGHT 1\nDATA binary\n"
    path.write_bytes(header.encode() + points.tobytes())


def write_ptx(path: Path) -> None:
    points = colored_ball().points
    identity = "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"
    rows = "".join(f"{x} {y} {z} 0.5\n" for x, y, z in points)
    path.write_text(f"{len(points)}\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n{identity}{rows}")


GOOD: dict[str, Callable[[Path], object]] = {
    "cloud.ply": lambda path: write_cloud(colored_ball(), path),
    "mesh.ply": lambda path: write_mesh(ball_mesh(), path),
    "mesh.obj": lambda path: write_mesh(ball_mesh(), path),
    "mesh.stl": lambda path: write_mesh(ball_mesh(), path),
    "far.stl": lambda path: write_mesh(ball_mesh(offset=MAP_OFFSET), path),
    "mesh.off": lambda path: write_mesh(ball_mesh(), path),
    "mesh.glb": lambda path: write_mesh(ball_mesh(), path),
    "cloud.xyz": write_text,
    "cloud.pcd": write_pcd,
    "cloud.ptx": write_ptx,
    "cloud.npy": lambda path: np.save(path, colored_ball().points),
    "cloud.npz": lambda path: np.savez(path, points=colored_ball().points),
    "small.npz": lambda path: np.savez_compressed(path, points=colored_ball().points),
    "cloud.las": write_las,
    "cloud.laz": write_las,
}
# Formats of lines, whose readers take what there is.
ENDLESS = ("mesh.obj", "mesh.off", "cloud.xyz")


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ENDLESS])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_file(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    GOOD[name](path)
    contents = path.read_bytes()
    path.write_bytes(contents[: int(share * len(contents))])
    sentence = refusal(path)
    assert "damaged" in sentence
    assert str(path) in sentence


def test_any_bytes_end_in_a_sentence_or_a_scan(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for name, write in GOOD.items():
        if name in ("cloud.las", "cloud.laz"):  # laspy believes any count in the header, and reads until memory ends
            continue
        write(tmp_path / name)
        good = (tmp_path / name).read_bytes()
        for _ in range(12):
            contents = bytearray(good)
            for place in rng.integers(0, min(600, len(contents)), 3):
                contents[place] = rng.integers(256)
            (tmp_path / name).write_bytes(contents)
            try:
                read_cloud(tmp_path / name)
            except InputError:
                refused += 1
    assert refused > 20


def test_libraries_print_nothing_about_a_damaged_file(tmp_path: Path) -> None:
    write_mesh(ball_mesh(offset=MAP_OFFSET), tmp_path / "far.stl")
    text = (tmp_path / "far.stl").read_bytes()
    (tmp_path / "far.stl").write_bytes(text.replace(b"facet normal -", b"facet normal x"))
    signaling_nan = bytes.fromhex("0100807f")
    (tmp_path / "nan.stl").write_bytes(bytes(80) + (1).to_bytes(4, "little") + 12 * signaling_nan + bytes(2))
    (tmp_path / "page.obj").write_bytes(HTML)
    np.savez(tmp_path / "far.npz", points=np.sign(colored_ball().points) * 1.5e308)
    paths = [str(path) for path in tmp_path.iterdir()]
    script = (
        "import sys\nfrom sap_core.io import read_cloud\nfrom sap_core.validate.error import InputError\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        read_cloud(path)\n    except InputError:\n        print('refused')\n"
    )
    arguments = [sys.executable, "-W", "always", "-c", script, *paths]
    done = subprocess.run(arguments, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    assert done.stdout == 3 * "refused\n"  # the normals in an .stl do not matter
    assert done.stderr == ""


# --- readable, but no scan ---


@pytest.mark.parametrize(
    ("name", "contents", "sentence"),
    [
        ("two.xyz", b"1 2\n3 4\n", "{path} has 2 columns; a scan has 3 columns (x y z), 6 (and a normal or"),
        ("five.csv", b"1,2,3,4,5\n5,6,7,8,9\n", "{path} has 5 columns; a scan has 3 columns"),
        ("five.pts", b"1 2 3 4 5\n", "{path} has 5 columns; a scan has 3 columns"),
        ("ragged.xyz", b"0 0 0\n1 0 0\n# remark\n0 1\n", "line 4 of {path} is '0 1', not 3 numbers as before"),
        ("words.txt", b"x y z\n1 2 3\n4 five 6\n", "line 3 of {path} is '4 five 6', not 3 numbers as before"),
        ("holes.csv", b"1,2,3\n4,,6\n", "line 2 of {path} is '4,,6', not 3 numbers as before"),
        ("short.pts", b"1\n0 0 0\n3\n1 2 3\n4 5 6\n", "line 3 of {path} says that 3 points follow, and 2 do"),
        ("named.txt", b"nx x y z\n0 1 2 3\n0 1 east 3\n", "line 3 of {path} is '0 1 east 3', not 4 numbers as before"),
        ("prose.txt", b"This\nis\nno\nscan\n", "line 3 of {path} is 'no', not a row of 3 columns (x y z), 6"),
        ("remarks.xyz", b"# nothing\n# here\n", "{path} holds no points; it may be damaged"),
        ("header.csv", b"x,y,z\n", "{path} holds no points; it may be damaged"),
        ("nan.xyz", b"nan 0 0\n" * 9 + b"1 2 3\n", "{path} has 1 points, after 9 NaN or infinite ones were left out"),
        ("odd.npy", npy(np.zeros((9, 5))), "{path} has 5 columns; a scan has 3 columns"),
        ("flat.npy", npy(np.zeros(9)), "{path} holds an array of shape (9,) and type float64; a scan has 3 columns"),
        ("words.npy", npy(np.full((9, 3), "a")), "{path} holds an array of shape (9, 3) and type <U1; a scan has"),
        ("complex.npy", npy(np.ones((9, 3), complex)), "{path} holds an array of shape (9, 3) and type complex128"),
        ("none.npy", npy(np.zeros((0, 3))), "{path} holds no points"),
        ("objects.npy", npy(np.full((9, 3), None)), "{path} is damaged or not in the NPY format"),
        ("objects.npz", npz(points=np.full((9, 3), None)), "{path} is damaged or not in the NPZ format"),
        (
            "names.npz",
            npz(a=np.eye(3), b=np.eye(3)),
            "{path} needs an array named points, vertices or xyz; it has a",
        ),
        (
            "shape.npz",
            npz(points=np.zeros((2, 9, 3))),
            "the arrays of {path} do not fit: points must have shape",
        ),
        (
            "count.npz",
            npz(points=np.eye(3), normals=np.eye(4, 3)),
            "the arrays of {path} do not fit: normals needs",
        ),
        (
            "quads.npz",
            npz(points=np.eye(3), faces=np.zeros((1, 4))),
            "the arrays of {path} do not fit: faces must",
        ),
        (
            "colors.npz",
            npz(points=np.eye(3), colors=np.full((3, 3), -1)),
            "the colours of {path} run from -1 to 0; they must end at 1, 255 or 65535",
        ),
        ("none.ply", ply("element vertex 0\nproperty float x\nproperty float y\nproperty float z"), "{path} holds no"),
        ("faces.ply", ply("element face 0\nproperty list uchar int vertex_indices"), "{path} holds no points"),
        ("plane.ply", ply("element vertex 1\nproperty float x\nproperty float y", "1 2\n"), "{path} holds no points"),
        (
            "corner.ply",
            ply(
                "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
                "element face 1\nproperty list uchar int vertex_indices",
                "0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n",
            ),
            "{path} is damaged: it has 3 vertices, and a face at vertex 3",
        ),
        ("none.obj", b"# nothing\n", "{path} holds no points"),
        ("none.off", b"OFF\n0 0 0\n", "{path} holds no points"),
        ("none.stl", bytes(84), "{path} holds no points"),
        ("few.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "{path} has 3 points; a surface needs at least 4"),
        ("one.csv", b"1,2,3\n" * 50, "the 50 points of {path} are all at one place"),
        ("line.csv", "".join(f"{x},{x},{x}\n" for x in range(50)).encode(), "the 50 points of {path} lie on a line"),
        ("flat.off", b"OFF\n4 0 0\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n", "the 4 points of {path} lie in a plane"),
    ],
)
def test_a_file_that_is_no_scan(tmp_path: Path, name: str, contents: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    assert refusal(path).startswith(sentence.format(path=path))


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)

    (tmp_path / "trap.npy").write_bytes(npy(np.array([[Trap()] * 3] * 9)))
    with zipfile.ZipFile(tmp_path / "trap.npz", "w") as archive:
        archive.write(tmp_path / "trap.npy", "points.npy")
    for name in ("trap.npy", "trap.npz"):
        assert "damaged" in refusal(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_header_that_promises_more_than_memory_holds(tmp_path: Path) -> None:
    with (tmp_path / "huge.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**14, 3)})
        stream.write(bytes(1000))
    assert refusal(tmp_path / "huge.npy") == (
        f"{tmp_path}/huge.npy needs more memory than there is; it is damaged or too large"
    )
