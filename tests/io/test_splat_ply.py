"""Splat PLY: our own files byte by byte, those of 3D Gaussians, and damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scenewright.core import FormatError, SurfelCloud
from scenewright.io import (
    Gaussians,
    is_splat_ply,
    load_scene,
    read_ply_columns,
    read_splat_ply,
    write_gaussian_ply,
    write_splat_ply,
)
from tests.io.surfel_builders import assert_close_surfels, make_surfels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.ply"


def write_columns(path: Path, columns: dict[str, np.ndarray], *, order: str = "<") -> None:
    """A PLY of another program with only float columns."""
    n = len(next(iter(columns.values())))
    name = {"<": "little", ">": "big"}[order]
    lines = ["ply", f"format binary_{name}_endian 1.0", f"element vertex {n}"]
    lines += [f"property float {column}" for column in columns]
    table = np.stack(list(columns.values()), axis=1).astype(f"{order}f4")
    path.write_bytes("\n".join([*lines, "end_header\n"]).encode() + table.tobytes())


def foreign_columns(n: int = 200, *, seed: int = 1) -> dict[str, np.ndarray]:
    """3D Gaussians with a thin axis that lies anywhere, degree 1."""
    rng = np.random.default_rng(seed)
    scales = rng.uniform(0.05, 0.2, (n, 3))
    scales[np.arange(n), rng.integers(0, 3, n)] = 0.002
    columns: dict[str, Any] = {
        **{axis: rng.normal(size=n) for axis in "xyz"},
        **{f"f_dc_{i}": rng.normal(size=n) for i in range(3)},
        **{f"f_rest_{i}": rng.normal(size=n) for i in range(9)},
        "opacity": rng.normal(size=n),
        **{f"scale_{i}": np.log(scales[:, i]) for i in range(3)},
        **{f"rot_{i}": 3 * rng.normal(size=n) for i in range(4)},
    }
    return columns


def rotations(quats: np.ndarray) -> np.ndarray:
    """(N, 3, 3) by the textbook formula, from quaternions of any length."""
    w, x, y, z = (quats / np.linalg.norm(quats, axis=1, keepdims=True)).T.astype(np.float64)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def test_bytes_of_one_surfel(path: Path) -> None:
    sh = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    surfel = SurfelCloud(
        np.array([[1, 2, 3]], np.float32),
        np.array([[0.5, 0.5, 0.5, 0.5]], np.float32),
        np.array([[1.0, np.exp(1)]], np.float32),
        np.array([0.5], np.float32),
        sh,
        np.array([2**31 - 1], np.int32),
        np.array([0.25], np.float32),
        np.array([[8, 9]], np.float32),
    )
    write_splat_ply(path, surfel, comments=["up 0 0 1"])
    head, _, body = path.read_bytes().partition(b"end_header\n")
    floats = (
        "x y z nx ny nz f_dc_0 f_dc_1 f_dc_2 f_rest_0 f_rest_1 f_rest_2 f_rest_3 f_rest_4 f_rest_5 "
        "f_rest_6 f_rest_7 f_rest_8 opacity scale_0 scale_1 scale_2 rot_0 rot_1 rot_2 rot_3"
    )
    assert head.decode().splitlines() == [
        "ply",
        "format binary_little_endian 1.0",
        "comment scenewright, meters",
        "comment up 0 0 1",
        "element vertex 1",
        *(f"property float {name}" for name in floats.split()),
        "property int instance_id",
        *(f"property float {name}" for name in ("instance_score", "feat_0", "feat_1")),
    ]
    values = struct.unpack("<26fi3f", body)
    # A third of a turn about (1, 1, 1) takes z, the normal, to x.
    assert values[:9] == (1, 2, 3, 1, 0, 0, 0, 1, 2)
    # Channel by channel: red of all coefficients first.
    assert values[9:18] == (3, 6, 9, 4, 7, 10, 5, 8, 11)
    assert values[18:21] == pytest.approx((0, 0, 1), abs=1e-7)
    assert values[21] == np.float32(np.log(1e-6))
    assert values[22:] == (0.5, 0.5, 0.5, 0.5, 2**31 - 1, 0.25, 8, 9)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("third", [True, False])
def test_round_trip(path: Path, degree: int, third: bool) -> None:
    surfels = make_surfels(40, degree=degree, features=3)
    write_splat_ply(path, surfels, third_scale=third)
    assert ("scale_2" in read_ply_columns(path)) == third
    assert is_splat_ply(path)
    back, notes = read_splat_ply(path)
    assert notes == ()
    assert_close_surfels(back, surfels, tolerance=1e-6)
    for name in ("means", "sh", "instance_id", "instance_score", "features"):
        assert np.array_equal(getattr(back, name), getattr(surfels, name)), name


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(0, 5),
    degree=st.integers(0, 3),
    flags=st.tuples(st.booleans(), st.booleans()),
    data=st.data(),
)
def test_any_surfels_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    n: int,
    degree: int,
    flags: tuple[bool, bool],
    data: st.DataObject,
) -> None:
    wide = st.floats(-(2.0**60), 2.0**60, width=32)
    unit = st.floats(0, 1, width=32)
    base = make_surfels(n, degree=degree, ids=flags[0], scores=flags[1])
    lengths = st.floats(2.0**-100, 2.0**100, width=32)
    surfels = SurfelCloud(
        data.draw(npst.arrays(np.float32, (n, 3), elements=wide)),
        base.quats,
        data.draw(npst.arrays(np.float32, (n, 2), elements=lengths)),
        data.draw(npst.arrays(np.float32, (n,), elements=unit)),
        data.draw(npst.arrays(np.float32, base.sh.shape, elements=wide)),
        base.instance_id,
        base.instance_score,
    )
    path = tmp_path_factory.mktemp("splat") / "a.ply"
    write_splat_ply(path, surfels)
    back, notes = read_splat_ply(path)
    assert notes == () and len(back) == n
    assert np.array_equal(back.means, surfels.means) and np.array_equal(back.sh, surfels.sh)
    # The file holds logarithms in 32 bits: an error of 6e-8 times the logarithm.
    assert np.allclose(back.scales, surfels.scales, rtol=2e-5, atol=0)
    assert np.allclose(back.opacities, surfels.opacities, rtol=2e-5, atol=1e-45)
    ends = (surfels.opacities == 0) | (surfels.opacities == 1)
    assert np.array_equal(back.opacities[ends], surfels.opacities[ends])
    for name in ("instance_id", "instance_score"):
        a, b = getattr(back, name), getattr(surfels, name)
        assert (a is None) == (b is None) and (a is None or np.array_equal(a, b))


def test_columns_in_any_order_and_other_layouts(path: Path) -> None:
    surfels = make_surfels(9, degree=1)
    write_splat_ply(path, surfels)
    columns = {name: np.asarray(values) for name, values in read_ply_columns(path).items()}
    order = np.random.default_rng(0).permutation(list(columns))
    for byte_order in "<>":
        write_columns(path, {name: columns[name] for name in order}, order=byte_order)
        back = read_splat_ply(path).surfels
        assert_close_surfels(back, surfels, tolerance=1e-6)
        assert back.instance_id is not None
        np.testing.assert_array_equal(back.instance_id, surfels.instance_id)
    lines = ["ply", "format ascii 1.0", "element vertex 9", "property uchar extra"]
    lines += [f"property double {name}" for name in order] + ["end_header"]
    lines += [" ".join(["7", *(repr(float(columns[k][i])) for k in order)]) for i in range(9)]
    path.write_text("\n".join(lines) + "\n")
    assert_close_surfels(read_splat_ply(path).surfels, surfels, tolerance=1e-6)


def test_features_of_others(path: Path) -> None:
    columns = foreign_columns(4)
    columns |= {f"segfeat_{i}": np.full(4, i) for i in reversed(range(11))}
    write_columns(path, columns)
    features = read_splat_ply(path).surfels.features
    assert features is not None and np.array_equal(features[0], np.arange(11))


def test_foreign_gaussians_become_surfels(path: Path) -> None:
    columns = foreign_columns()
    write_columns(path, columns)
    surfels, notes = read_splat_ply(path)
    assert len(notes) == 1
    assert notes[0].startswith("200 Gaussians with a volume became surfels: the thinnest axis")
    quats = np.stack([columns[f"rot_{i}"] for i in range(4)], axis=1)
    scales = np.exp(np.stack([columns[f"scale_{i}"] for i in range(3)], axis=1))
    before, after = rotations(quats), rotations(surfels.quats)
    assert np.allclose(np.linalg.det(after), 1, atol=1e-5)
    thinnest = before[np.arange(200), :, scales.argmin(axis=1)]
    # The same plane, and within it the same ellipse.
    assert np.allclose(np.abs((surfels.normals() * thinnest).sum(axis=1)), 1, atol=1e-5)
    flat = scales.copy()
    flat[np.arange(200), scales.argmin(axis=1)] = 0
    old = before * flat[:, None, :]
    new = after[:, :, :2] * surfels.scales[:, None, :]
    assert np.allclose(old @ old.transpose(0, 2, 1), new @ new.transpose(0, 2, 1), atol=1e-6)
    red = np.stack([columns[f"f_rest_{i}"] for i in range(3)], axis=1)
    assert np.allclose(surfels.sh[:, 1:, 0], red)
    assert np.allclose(surfels.opacities, 1 / (1 + np.exp(-columns["opacity"])), atol=1e-6)


def test_gaussians_with_a_volume(path: Path) -> None:
    """All three scales are in the file; read back, the thinnest axis becomes the normal."""
    quats = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    given = Gaussians(
        np.array([[1, 2, 3], [4, 5, 6]], np.float32), quats,
        np.array([[0.1, 0.2, 0.3], [0.4, 0.05, 0.6]], np.float32),
        np.array([0.25, 1.0], np.float32), np.full((2, 1, 3), 0.5, np.float32),
    )  # fmt: skip
    write_gaussian_ply(path, given, instance_id=np.array([3, 0], np.int32), comments=("up 0 0 1",))
    columns = read_ply_columns(path)
    scales = np.stack([np.exp(columns[f"scale_{i}"]) for i in range(3)], 1)
    np.testing.assert_allclose(scales, given.scales, rtol=1e-6)
    assert np.asarray(columns["instance_id"]).tolist() == [3, 0]
    found = read_splat_ply(path)
    assert len(found.notes) == 1 and "Gaussians with a volume" in found.notes[0]
    np.testing.assert_allclose(found.surfels.scales, [[0.2, 0.3], [0.6, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(found.surfels.opacities, given.opacities, atol=1e-6)
    flat = given._replace(scales=given.scales[:, :2])
    with pytest.raises(FormatError) as caught:
        write_gaussian_ply(path, flat)
    assert str(caught.value) == f"Gaussians for {path}: expected scales (2, 3), got (2, 2)"


def test_a_tiny_scene_is_not_taken_for_gaussians_with_a_volume(path: Path) -> None:
    surfels = make_surfels(9, scale=1e-6)
    write_splat_ply(path, surfels)
    back, notes = read_splat_ply(path)
    assert notes == ()
    assert_close_surfels(back, surfels, tolerance=1e-5)


def damaged(**changes: tuple[int, float]) -> dict[str, np.ndarray]:
    columns = foreign_columns(10)
    for name, (count, value) in changes.items():
        columns[name][:count] = value
    return columns


LEFT_OUT: list[tuple[dict[str, np.ndarray], int, str]] = [
    (damaged(opacity=(3, np.nan)), 3, "3 in opacity"),
    (damaged(scale_0=(1, np.nan), scale_2=(2, np.inf)), 2, "1 in scale_0, 2 in scale_2"),
    (
        damaged(**{f"f_rest_{i}": (i + 1, np.nan) for i in range(5)}),
        5,
        "1 in f_rest_0, 2 in f_rest_1, 3 in f_rest_2 and 2 more columns",
    ),
    (damaged(scale_1=(2, 200)), 2, "2 in scale_1"),
    (damaged(**{f"rot_{i}": (4, 0) for i in range(4)}), 4, "4 in rot_0"),
]


@pytest.mark.parametrize(("columns", "count", "told"), LEFT_OUT)
def test_rows_without_usable_numbers_are_left_out_and_counted(
    columns: dict[str, np.ndarray], count: int, told: str, path: Path
) -> None:
    write_columns(path, columns)
    found = read_splat_ply(path)
    assert len(found.surfels) == 10 - count
    np.testing.assert_allclose(found.surfels.means[:, 0], columns["x"][count:], rtol=1e-6)
    assert found.notes[0] == f"{count} of 10 rows without usable numbers were left out: {told}"


def test_infinite_opacities_and_flat_scales_are_numbers(path: Path) -> None:
    columns = damaged(opacity=(4, np.inf), scale_2=(10, -np.inf))
    columns["opacity"][:2] = -np.inf
    write_columns(path, columns)
    found = read_splat_ply(path)
    assert found.notes == () and len(found.surfels) == 10
    assert found.surfels.opacities[:4].tolist() == [0, 0, 1, 1]


def test_files_of_which_most_is_not_a_number_are_refused(path: Path) -> None:
    write_columns(path, damaged(x=(6, np.nan)))
    with pytest.raises(FormatError) as caught:
        read_splat_ply(path)
    assert str(caught.value) == (
        f"{path}: expected finite numbers, got others in most of the 10 rows: 6 in x. The training "
        "that wrote it diverged; train again, or use an earlier checkpoint."
    )


BAD: list[tuple[dict[str, np.ndarray], str]] = [
    (
        {k: v for k, v in foreign_columns(3).items() if k not in ("f_dc_1", "rot_3")},
        "{path}: expected the columns of a splat PLY, got none called f_dc_1, rot_3",
    ),
    (
        {k: v for k, v in foreign_columns(3).items() if k != "f_rest_8"},
        "{path}: expected 0, 9, 24 or 45 columns called f_rest, got 8",
    ),
    (
        {k: v for k, v in foreign_columns(3).items() if k != "f_rest_4"},
        "{path}: expected a splat PLY, got one that cannot be read (ValueError: its columns "
        "f_rest are not numbered 0, 1, ...)",
    ),
    (
        damaged(f_dc_0=(0, 0)) | {"instance_id": np.full(10, 0.5)},
        "{path}: expected integers in instance_id, got other numbers",
    ),
    (
        damaged(f_dc_0=(0, 0)) | {"instance_id": np.full(10, -1.0)},
        "{path}: expected 0 to 2147483647 in instance_id, got -1.0 to -1.0",
    ),
]


@pytest.mark.parametrize(("columns", "message"), BAD)
def test_errors_name_the_problem(path: Path, columns: dict[str, np.ndarray], message: str) -> None:
    write_columns(path, columns)
    with pytest.raises(FormatError) as caught:
        read_splat_ply(path)
    assert str(caught.value) == message.format(path=path)


def test_truncated_at_every_length(path: Path) -> None:
    write_splat_ply(path, make_surfels(3, degree=0))
    good = path.read_bytes()
    for end in (*range(0, len(good) - 1, 37), len(good) - 1):
        path.write_bytes(good[:end])
        with pytest.raises(FormatError) as caught:
            read_splat_ply(path)
        assert str(path) in str(caught.value)
    assert "it ends within its 3 rows of vertex" in str(caught.value)


def test_points_are_not_splats(path: Path) -> None:
    write_columns(path, {axis: np.zeros(2) for axis in "xyz"})
    assert not is_splat_ply(path)
    with pytest.raises(FormatError, match="expected the columns of a splat PLY, got none called"):
        read_splat_ply(path)


def test_packed_files_are_refused_with_a_remedy(path: Path) -> None:
    write_columns(path, {"packed_position": np.zeros(2), "packed_color": np.zeros(2)})
    with pytest.raises(FormatError) as caught:
        load_scene(path)
    assert str(caught.value) == (
        f"{path}: expected the columns of a splat PLY, got the packed form of SuperSplat. Save it "
        "in SuperSplat as an uncompressed PLY."
    )


@pytest.mark.slow
def test_a_million_surfels_take_seconds(path: Path) -> None:
    import time

    surfels = make_surfels(1_000_000)
    start = time.perf_counter()
    write_splat_ply(path, surfels)
    written = time.perf_counter()
    back = read_splat_ply(path).surfels
    assert np.array_equal(back.sh, surfels.sh)
    # Around 1.5 s each on an idle machine; a reader that goes column by column takes a minute.
    assert written - start < 20 and time.perf_counter() - written < 20


def test_lengths_that_are_no_logarithms(path: Path) -> None:
    columns = foreign_columns()
    lengths = {name: np.exp(columns[name]) for name in ("scale_0", "scale_1", "scale_2")}
    write_columns(path, {**columns, **lengths})
    with pytest.raises(FormatError, match=r"natural logarithms of lengths .* look like lengths"):
        read_splat_ply(path)
    # In millimeters all logarithms are above 0, and are read.
    millimeters = {name: columns[name] + np.log(1000) for name in lengths}
    write_columns(path, {**columns, **millimeters})
    assert len(read_splat_ply(path).surfels) == 200


def test_opacities_that_are_no_logits(path: Path) -> None:
    columns = foreign_columns()
    write_columns(path, {**columns, "opacity": 1 / (1 + np.exp(-columns["opacity"]))})
    assert "All opacities are from 0 to 1" in read_splat_ply(path).notes[0]
    write_columns(path, columns)
    assert not any("opacities" in note for note in read_splat_ply(path).notes)
