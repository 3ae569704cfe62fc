"""Predictions for benchmarks: ScanNet text files and OnlineAnySeg's npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, FormatError, OutputError, ShapeError
from scenewright.io import (
    PointMasks,
    read_onlineanyseg,
    read_scannet,
    write_onlineanyseg,
    write_scannet,
)
from tests.builders import make_scene


def assert_same(left: PointMasks, right: PointMasks) -> None:
    for name in PointMasks.__dataclass_fields__:
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None), name
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b)), name


def predictions() -> PointMasks:
    return PointMasks.from_scene(make_scene(), class_ids={7: 5, 3: 39})


def test_columns_follow_the_table_and_do_not_overlap() -> None:
    scene = make_scene()
    found = predictions()
    assert scene.points is not None and scene.points.instance_id is not None
    assert found.masks.sum(axis=1).max() == 1
    for column, instance_id in enumerate(scene.instances.id):
        assert np.array_equal(found.masks[:, column], scene.points.instance_id == instance_id)
    assert found.class_id.tolist() == [5, 0, 39]
    assert np.array_equal(found.score, scene.instances.score)


def test_scene_without_points_is_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        PointMasks.from_scene(make_scene(points=False))
    assert str(caught.value) == (
        "scene: expected points with instance ids, got none. Segment it first."
    )


def test_masks_of_wrong_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"PointMasks\.score: expected shape \(2,\), got \(3,\)"):
        PointMasks(np.zeros((4, 2), np.bool_), np.ones(3), np.zeros(2, np.int32))
    with pytest.raises(ShapeError, match="expected values that fit bool, got float64"):
        PointMasks(np.zeros((4, 2)), np.ones(2), np.zeros(2, np.int32))


@pytest.mark.parametrize("embeddings", [True, False])
def test_onlineanyseg_round_trip(tmp_path: Path, embeddings: bool) -> None:
    found = PointMasks.from_scene(make_scene(embeddings=embeddings))
    write_onlineanyseg(tmp_path / "ckpt_final.npz", found)
    assert_same(read_onlineanyseg(tmp_path / "ckpt_final.npz"), found)


def test_onlineanyseg_arrays_are_those_of_its_evaluator(tmp_path: Path) -> None:
    write_onlineanyseg(tmp_path / "a.npz", predictions())
    arrays = np.load(tmp_path / "a.npz", allow_pickle=False)
    shapes = {name: (arrays[name].shape, arrays[name].dtype.name) for name in arrays.files}
    assert shapes == {
        "pred_masks": ((10, 3), "bool"),
        "pred_score": ((3,), "float64"),
        "pred_classes": ((3,), "int32"),
        "pred_sem_features": ((4, 3), "float32"),
    }


def test_onlineanyseg_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, pred_masks=np.eye(3, dtype=np.uint8), pred_score=np.ones(3, np.float32),
             pred_classes=np.zeros(3, np.int64))  # fmt: skip
    assert np.array_equal(read_onlineanyseg(path).masks, np.eye(3, dtype=np.bool_))
    np.savez(path, pred_masks=np.eye(3), pred_score=np.ones(3), pred_classes=np.zeros(3, int))
    with pytest.raises(FormatError, match="pred_masks: expected booleans, got float64"):
        read_onlineanyseg(path)
    np.savez(path, pred_masks=np.eye(3, dtype=bool), pred_score=np.ones(2), pred_classes=[0, 0, 0])
    with pytest.raises(FormatError, match=r"expected shape \(3,\), got \(2,\)"):
        read_onlineanyseg(path)
    np.savez(path, pred_masks=np.eye(3, dtype=bool))
    with pytest.raises(FormatError) as caught:
        read_onlineanyseg(path)
    assert str(caught.value) == (
        f"{path}: expected the arrays pred_masks, pred_score, pred_classes, "
        "got none called pred_classes, pred_score"
    )


def test_scannet_round_trip(tmp_path: Path) -> None:
    found = predictions()
    index = write_scannet(tmp_path, "scene0011_00", found)
    assert index == tmp_path / "scene0011_00.txt"
    lines = index.read_text().splitlines()
    assert lines[2] == "predicted_masks/scene0011_00_002.txt 39 1.0"
    mask = (tmp_path / "predicted_masks" / "scene0011_00_000.txt").read_text()
    assert mask == "1\n1\n1\n0\n0\n0\n0\n0\n0\n0\n"
    back = read_scannet(index)
    assert np.array_equal(back.masks, found.masks)
    assert np.array_equal(back.score, found.score)
    assert np.array_equal(back.class_id, found.class_id)


def test_scannet_folder_holds_many_scenes(tmp_path: Path) -> None:
    write_scannet(tmp_path, "a", predictions())
    write_scannet(tmp_path, "b", predictions())
    with pytest.raises(OutputError, match="--overwrite"):
        write_scannet(tmp_path, "a", predictions())
    write_scannet(tmp_path, "a", predictions(), overwrite=True)
    assert len(list(tmp_path.glob("*.txt"))) == 2
    with pytest.raises(FormatError, match="expected a plain name"):
        write_scannet(tmp_path, "../a", predictions())


def test_scannet_overwritten_by_fewer_instances_keeps_no_old_masks(tmp_path: Path) -> None:
    for name in ("scene0011_00", "scene0011", "scene0011_00_1"):
        write_scannet(tmp_path, name, predictions())
    one = predictions()
    fewer = PointMasks(one.masks[:, :1], one.score[:1], one.class_id[:1])
    write_scannet(tmp_path, "scene0011_00", fewer, overwrite=True)
    assert len(read_scannet(tmp_path / "scene0011_00.txt")) == 1
    left = sorted(path.name for path in (tmp_path / "predicted_masks").glob("*.txt"))
    assert [name for name in left if name.startswith("scene0011_00_0")] == ["scene0011_00_000.txt"]
    assert len(read_scannet(tmp_path / "scene0011.txt")) == 3
    assert len(read_scannet(tmp_path / "scene0011_00_1.txt")) == 3


def test_scannet_without_instances(tmp_path: Path) -> None:
    none = PointMasks(np.zeros((4, 0), np.bool_), np.zeros(0), np.zeros(0, np.int32))
    assert len(read_scannet(write_scannet(tmp_path, "a", none))) == 0


def test_failed_scannet_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scenewright.io import scannet

    write = scannet.write_bytes

    def fails_late(path: Path, data: bytes) -> None:
        if "002" in path.name:
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(scannet, "write_bytes", fails_late)
    with pytest.raises(OutputError, match="the disk is full"):
        write_scannet(tmp_path, "a", predictions())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("../secret.txt 1 1.0", "expected a relative path below"),
        ("/etc/passwd 1 1.0", "expected a relative path below"),
        ("predicted_masks/none.txt 1 1.0", r"none\.txt: expected a mask of 0 and 1, got nothing"),
        ("predicted_masks/a_000.txt 1", "expected lines of: file class score"),
        ("predicted_masks/a_000.txt chair 1.0", "invalid literal for int"),
        ("predicted_masks/a_000.txt 1 nan", "expected finite values"),
        ("long.txt 1 1.0", "expected masks of equal length, got from 2 to 10"),
        ("odd.txt 1 1.0", r"odd\.txt: expected 0 or 1 per line, got 0\.5"),
    ],
)
def test_damaged_scannet(tmp_path: Path, line: str, words: str) -> None:
    index = write_scannet(tmp_path / "out", "a", predictions())
    (tmp_path / "secret.txt").write_text("1\n" * 10)
    (tmp_path / "out" / "long.txt").write_text("1\n0\n")
    (tmp_path / "out" / "odd.txt").write_text("1\n0.5\n")
    index.write_text(index.read_text() + line + "\n")
    with pytest.raises(FormatError, match=words):
        read_scannet(index)
