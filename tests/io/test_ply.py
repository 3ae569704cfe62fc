"""PLY: our own files, those of other programs, and damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scenewright.core import FormatError, PointCloud
from scenewright.io import (
    read_ply_columns,
    read_ply_mesh,
    read_ply_points,
    write_ply_mesh,
    write_ply_points,
)
from tests.builders import assert_same_mesh, make_cube
from tests.io.ply_builders import write_ply


def cloud_of(n: int = 5) -> PointCloud:
    rng = np.random.default_rng(0)
    return PointCloud(
        rng.normal(size=(n, 3)).astype(np.float32),
        rng.integers(0, 256, (n, 3), dtype=np.uint8),
        np.tile(np.array([0, 1, 0], np.float32), (n, 1)),
        np.array([0, 1, 70_000, 2**31 - 1, 5], np.int32)[:n],
    )


def assert_same_cloud(left: PointCloud, right: PointCloud) -> None:
    for name in PointCloud.__dataclass_fields__:
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None), name
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b)), name


def test_header_is_what_other_programs_expect(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    write_ply_points(path, cloud_of(), comments=["up 0 0 1"])
    head = path.read_bytes().split(b"end_header\n")[0].decode()
    assert head.splitlines() == [
        "ply",
        "format binary_little_endian 1.0",
        "comment scenewright, meters",
        "comment up 0 0 1",
        "element vertex 5",
        *(f"property float {n}" for n in ("x", "y", "z", "nx", "ny", "nz")),
        *(f"property uchar {n}" for n in ("red", "green", "blue")),
        "property int instance_id",
    ]


@settings(max_examples=20, deadline=None)
@given(
    data=st.data(),
    n=st.integers(0, 6),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_points_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    n: int,
    flags: tuple[bool, bool, bool],
) -> None:
    floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
    ids = st.integers(0, 2**31 - 1)
    cloud = PointCloud(
        data.draw(npst.arrays(np.float32, (n, 3), elements=floats)),
        data.draw(npst.arrays(np.uint8, (n, 3))) if flags[0] else None,
        data.draw(npst.arrays(np.float32, (n, 3), elements=floats)) if flags[1] else None,
        data.draw(npst.arrays(np.int32, (n,), elements=ids)) if flags[2] else None,
    )
    path = tmp_path_factory.mktemp("ply") / "a.ply"
    write_ply_points(path, cloud)
    assert_same_cloud(read_ply_points(path), cloud)


@pytest.mark.parametrize("colors", [True, False])
def test_mesh_round_trip(tmp_path: Path, colors: bool) -> None:
    mesh = make_cube(colors=colors)
    write_ply_mesh(tmp_path / "a.ply", mesh)
    assert_same_mesh(read_ply_mesh(tmp_path / "a.ply"), mesh)


def test_trimesh_reads_ours(tmp_path: Path) -> None:
    write_ply_mesh(tmp_path / "mesh.ply", make_cube())
    mesh = trimesh.load_mesh(tmp_path / "mesh.ply")
    assert mesh.is_watertight and mesh.volume == pytest.approx(1.0)
    write_ply_points(tmp_path / "points.ply", cloud_of())
    points: Any = trimesh.load(tmp_path / "points.ply")
    assert np.allclose(points.vertices, cloud_of().points)
    np.testing.assert_array_equal(points.colors[:, :3], cloud_of().colors)


@pytest.mark.parametrize("encoding", ["ascii", "binary"])
def test_we_read_trimesh(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(trimesh.creation.icosphere(2).export(file_type="ply", encoding=encoding))
    mesh = read_ply_mesh(path)
    assert mesh.faces.shape == (320, 3) and mesh.vertices.shape == (162, 3)


POLYGONS = "ply\nformat {} 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\nelement face 2\nproperty list uchar int vertex_index\nend_header\n"  # noqa: E501
CORNERS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 2, 0)]
FANS = [[0, 1, 2], [0, 2, 3], [3, 2, 4]]


def test_polygons_become_fans(tmp_path: Path) -> None:
    text = "".join(f"{x} {y} {z}\n" for x, y, z in CORNERS) + "4 0 1 2 3\n3 3 2 4\n"
    path = write_ply(tmp_path, POLYGONS.format("ascii") + text)
    assert read_ply_mesh(path).faces.tolist() == FANS
    body = np.array(CORNERS, ">f4").tobytes() + struct.pack(">B4iB3i", 4, 0, 1, 2, 3, 3, 3, 2, 4)
    path = write_ply(tmp_path, POLYGONS.format("binary_big_endian"), body)
    assert read_ply_mesh(path).faces.tolist() == FANS


def test_other_names_and_types_of_columns(tmp_path: Path) -> None:
    names = ["x", "y", "z", "r", "g", "b", "instance"]
    head = "ply\r\nformat ascii 1.0\r\nobj_info by hand\r\nelement vertex 2\r\n"
    head += "".join(f"property double {n}\r\n" for n in names) + "end_header\r\n"
    cloud = read_ply_points(write_ply(tmp_path, head + "1 2 3 0 0.5 1 4\r\n4 5 6 1 1 2 0\r\n"))
    assert cloud.points.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert cloud.colors is not None and cloud.colors.tolist() == [[0, 128, 255], [255] * 3]
    assert cloud.instance_id is not None and cloud.instance_id.tolist() == [4, 0]


HEAD = "ply\nformat binary_little_endian 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n{}end_header\n"  # noqa: E501


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("", b"", "does not start with 'ply'"),
        ("ply\ncomment end_header\n", b"", "header has no end"),
        ("ply\nformat binary 1.0\nend_header\n", b"", "has the line 'format binary 1.0'"),
        ("ply\nformat ascii 2.0\nend_header\n", b"", "has the line 'format ascii 2.0'"),
        ("ply\nelement vertex 1\nproperty float x\nend_header\n", b"", "names no format"),
        ("ply\nformat ascii 1.0\nelement vertex -1\nend_header\n", b"", "element vertex -1"),
        ("ply\nformat ascii 1.0\nproperty float x\nend_header\n", b"", "property float x"),
        (HEAD.format(2, "property quad w\n"), bytes(24), "property quad w"),
        (HEAD.format(3, ""), bytes(24), "ends within its 3 rows of vertex"),
        (HEAD.format(10**15, ""), bytes(24), "ends within its 1000000000000000 rows"),
        (HEAD.format(2, "property list uchar int a\n"), b"\xff" * 99, "ends within a list"),
        (HEAD.format(1, ""), struct.pack("<3f", 0, 0, np.nan), "expected finite values"),
        (HEAD.format(0, "").replace("float z", "float w"), b"", "number per vertex called z"),
        (HEAD.format(0, "").replace("float z", "float y"), b"", "cannot be read"),
        ("ply\nformat ascii 1.0\nelement face 0\nend_header\n", b"", "an element called vertex"),
        (POLYGONS.format("ascii"), b"0 0 0 " * 5 + b"3 0 1 9\n3 0 1 2\n", "from 0 to 4"),
        (POLYGONS.format("ascii"), b"0 0 0 " * 5 + b"99999999 0 1 9\n", "ends within"),
        (POLYGONS.format("ascii"), b"0 0 zero", "could not convert"),
        (POLYGONS.format("ascii"), b"0 0 0 " * 5 + b"3 0 1 1.5 3 0 1 2", "are not int32"),
    ],
)  # fmt: skip
def test_damaged_files(tmp_path: Path, head: str, body: bytes, words: str) -> None:
    path = write_ply(tmp_path, head, body)
    with pytest.raises(FormatError, match=words) as caught:
        read_ply_mesh(path) if "face" in head else read_ply_points(path)
    assert str(path) in str(caught.value)


def test_missing_file_and_missing_faces(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read_ply_points(tmp_path / "none.ply")
    assert str(caught.value) == (f"{tmp_path / 'none.ply'}: expected a PLY file, got no such path")
    write_ply_points(tmp_path / "a.ply", cloud_of())
    with pytest.raises(FormatError, match="expected an element called face, got vertex"):
        read_ply_mesh(tmp_path / "a.ply")
    with pytest.raises(FormatError, match="expected one line of text"):
        write_ply_points(tmp_path / "a.ply", cloud_of(), comments=["a\nelement vertex 9"])


@pytest.mark.parametrize("name", ["bedroom", "living-room"])
def test_ground_truth_of_the_house(shared_dir: Path, name: str) -> None:
    path = shared_dir / "data" / "house-rgbd" / name / "gt_points.ply"
    cloud = read_ply_points(path)
    assert cloud.instance_id is not None and cloud.colors is not None
    assert len(cloud) > 60_000 and 10 < len(np.unique(cloud.instance_id)) < 200
    assert abs(cloud.points[:, 2].min()) < 0.1, "the floor is at z = 0"
    columns = read_ply_columns(path)
    assert isinstance(columns["category"], np.ndarray)
    assert columns["category"].dtype == np.uint16
