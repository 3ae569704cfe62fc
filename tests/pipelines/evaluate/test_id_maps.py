"""Id maps against true ones, in the layouts in which truth comes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import FormatError
from scenewright.io import write_id_map, write_id_maps
from scenewright.metrics import IdMapMatch
from scenewright.pipelines.evaluate.id_maps import evaluate_id_maps
from scenewright.pipelines.evaluate.splats import SplatEvaluation

IDS = np.zeros((24, 32), np.int32)
IDS[3:10, 3:10] = 4
IDS[12:22, 12:28] = 300
"""Two objects."""


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """Id maps of three frames; the smaller object is called 7 in them."""
    names = ("frame0", "frame1", "frame2")
    write_id_maps(tmp_path / "found", [(name, np.where(IDS == 4, 7, IDS)) for name in names])
    return tmp_path / "found"


def write_truth(folder: Path, ids: NDArray[np.int32], names: tuple[str, ...]) -> Path:
    write_id_maps(folder, [(name, ids) for name in names])
    return folder


def true_ids(result: SplatEvaluation, name: str) -> list[int]:
    match = result.masks[name]
    assert isinstance(match, IdMapMatch)
    ids: list[int] = match.truth_ids.tolist()
    return ids


def test_ids_are_matched_one_to_one(found: Path, tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth", IDS, ("frame0", "frame1", "frame2"))
    result = evaluate_id_maps(found, truth)
    assert list(result.masks) == ["all"] and result.notes == () and result.stages == {}
    assert result.masks["all"].mean_iou == 1
    assert "all" in result.tables() and json.dumps(result.as_dict())


def test_frames_that_are_not_views_are_noted(found: Path, tmp_path: Path) -> None:
    names = ("frame0", "frame1", "frame2", "frame3", "frame4")
    result = evaluate_id_maps(found, write_truth(tmp_path / "truth", IDS, names))
    assert result.masks["all"].mean_iou == 1
    assert result.notes == ("2 of 5 true frames are not views of the run",)


def test_id_maps_of_another_size_are_sampled(found: Path, tmp_path: Path) -> None:
    larger = np.kron(IDS, np.ones((2, 2), np.int32))
    result = evaluate_id_maps(found, write_truth(tmp_path / "truth", larger, ("frame1",)))
    assert result.masks["all"].mean_iou == 1


def test_floor_and_walls_are_left_out_of_objects(found: Path, tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "room" / "instance", IDS, ("frame0",))
    rows = [{"id": 4, "is_stuff": True}, {"id": 300, "is_stuff": False}]
    (truth.parent / "instances.json").write_text(json.dumps({"instances": rows}))
    for folder in (truth.parent, truth):
        result = evaluate_id_maps(found, folder)
        assert list(result.masks) == ["all", "objects"]
        assert true_ids(result, "all") == [4, 300] and true_ids(result, "objects") == [300]


def test_replica(found: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office" / "semantic_instance"
    folder.mkdir(parents=True)
    for number in (1, 2):
        write_id_map(folder / f"semantic_instance_{number}.png", IDS)
    rows = [{"id": 4, "class_name": "wall"}, {"id": 300, "class_name": "chair"}]
    (tmp_path / "info_semantic.json").write_text(json.dumps({"objects": rows}))
    result = evaluate_id_maps(found, folder.parent)
    assert list(result.masks) == ["Replica"] and result.notes == ()
    assert true_ids(result, "Replica") == [300]


def test_lerf_mask(found: Path, tmp_path: Path) -> None:
    for frame in ("frame0", "frame2"):
        target = tmp_path / "figurines" / "test_mask" / frame / "green apple.png"
        target.parent.mkdir(parents=True)
        Image.fromarray(np.where(IDS == 4, 255, 0).astype(np.uint8)).save(target)
    result = evaluate_id_maps(found, tmp_path / "figurines")
    assert result.masks["LERF-Mask"].mean_iou == 1
    assert result.notes == ("prompts were matched to ids by overlap, one to one, not by text",)


def test_folders_that_are_missing(found: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        evaluate_id_maps(found, tmp_path / "missing")
    assert str(caught.value) == (
        f"{tmp_path / 'missing'}: expected a folder of true masks, got no such folder"
    )
    with pytest.raises(FormatError, match="a folder of id maps"):
        evaluate_id_maps(tmp_path / "missing", found)


def test_lerf_mask_with_numbers_of_the_test_views(found: Path, tmp_path: Path) -> None:
    scene = tmp_path / "figurines"
    names = sorted(path.stem for path in found.iterdir())
    for folder, kept in (("images", names), ("images_train", names[1:2])):
        (scene / folder).mkdir(parents=True)
        for name in kept:
            (scene / folder / f"{name}.jpg").write_bytes(b"")
    tests = [name for name in names if name != names[1]]
    for number in range(len(tests)):
        target = scene / "test_mask" / str(number) / "green apple.png"
        target.parent.mkdir(parents=True)
        Image.fromarray(np.where(IDS == 4, 255, 0).astype(np.uint8)).save(target)
    for truth in (scene, scene / "test_mask"):
        assert evaluate_id_maps(found, truth).masks["LERF-Mask"].mean_iou == 1
