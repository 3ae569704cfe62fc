"""The benchmarks' own measures: the baseline's figures, the oracle, the floor, the verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import accuracy_places
from accuracy_baseline import better_ap50, read_baseline
from accuracy_goals import make_goals
from accuracy_oracle import labeled_scene, most_covered, oracle_join
from accuracy_places import Folders, open_places
from accuracy_summary import (
    FloorOverlap,
    Summary,
    fit_scene,
    floor_ids,
    floor_iou,
    floor_overlap,
    num_true_things,
    summarize,
)
from kitchen_objects import BestView, sheets
from masks_common import MaskGoals
from masks_common import make_goals as make_mask_goals
from object_verdicts import (
    Judgment,
    count_verdicts,
    empty_verdicts,
    object_rows,
    read_verdicts,
    table_text,
)
from scenewright.core import CaptureError, FormatError, InstanceTable, PointCloud, Scene
from scenewright.io import write_json
from scenewright.pipelines.evaluate.scenes import SceneTruth
from scenewright.worlds import film_room
from tests.builders import known

FLOOR, CHAIR, TABLE = 1, 2, 3


def row_of_points(number: int) -> NDArray[np.float32]:
    """(N, 3) points on a line, 10 cm apart: no point is near another's."""
    return np.stack([np.arange(number) * 0.1, np.zeros(number), np.zeros(number)], axis=1).astype(
        np.float32
    )


def make_truth(ids: list[int]) -> SceneTruth:
    cloud = PointCloud(row_of_points(len(ids)), instance_id=np.array(ids, np.int32))
    labels = {FLOOR: "floor", CHAIR: "chair", TABLE: "table"}
    return SceneTruth(cloud, frozenset({FLOOR}), labels)


def make_scene(ids: list[int], scores: dict[int, float] | None = None) -> Scene:
    return labeled_scene(row_of_points(len(ids)), np.array(ids, np.int32), scores=scores)


def ids_of(scene: Scene) -> list[int]:
    return [int(i) for i in known(known(scene.points).instance_id)]


def test_parts_of_an_object_are_joined_and_keep_their_best_score() -> None:
    truth = make_truth([CHAIR] * 6 + [TABLE] * 3)
    scene = make_scene([7, 7, 7, 4, 4, 4, 9, 9, 0], {7: 0.2, 4: 0.6, 9: 0.5})
    joined = oracle_join(scene, truth)
    assert ids_of(joined) == [CHAIR] * 6 + [TABLE] * 2 + [0]
    assert joined.instances.id.tolist() == [CHAIR, TABLE]
    np.testing.assert_allclose(joined.instances.score, [0.6, 0.5])


def test_nothing_is_split() -> None:
    truth = make_truth([CHAIR] * 3 + [TABLE] * 4)
    assert ids_of(oracle_join(make_scene([5] * 7), truth)) == [TABLE] * 7


def test_what_mostly_covers_no_instance_stays_alone() -> None:
    truth = make_truth([CHAIR, CHAIR, 0, 0, 0, CHAIR])
    found = ids_of(oracle_join(make_scene([1, 1, 2, 2, 2, 2]), truth))
    assert found[:2] == [CHAIR, CHAIR]
    assert len(set(found[2:])) == 1
    assert found[2] > TABLE


def test_fragments_are_joined_too() -> None:
    truth = make_truth([CHAIR] * 4 + [0] * 2)
    points = PointCloud(
        row_of_points(6),
        instance_id=np.array([1, 1, 0, 0, 0, 0], np.int32),
        fragment_id=np.array([0, 0, 5, 5, 6, 6], np.int32),
    )
    rows = make_scene([1, 1, 5, 5, 6, 6]).instances
    scene = Scene(rows[rows.id == 1], points, fragments=rows[rows.id > 1])
    joined = oracle_join(scene, truth)
    assert ids_of(joined) == [CHAIR] * 4 + [0, 0]
    assert joined.instances.id.tolist() == [CHAIR]


def test_a_scene_without_instances_is_joined_to_nothing() -> None:
    cloud = PointCloud(row_of_points(3), instance_id=np.zeros(3, np.int32))
    joined = oracle_join(Scene(InstanceTable.empty(), cloud), make_truth([CHAIR] * 3))
    assert len(joined.instances) == 0
    assert ids_of(joined) == [0, 0, 0]


def test_of_equal_shares_the_smaller_true_id_wins() -> None:
    labels = np.array([1, 1, 2, 0], np.int32)
    assert most_covered(labels, np.array([3, 2, 0, 2], np.int32)) == {1: 2, 2: 0}


def test_labeled_scene_has_boxes_around_its_points() -> None:
    (row,) = make_scene([0, 3, 3, 3]).instances
    np.testing.assert_allclose(row.box.center, [0.2, 0, 0], atol=1e-6)
    np.testing.assert_allclose(row.box.size, [0.2, 0, 0], atol=1e-6)
    assert (row.score, row.num_points) == (1.0, 3)


def test_floor_overlap_takes_the_best_single_instance() -> None:
    truth = np.array([FLOOR] * 6 + [CHAIR] * 2 + [0] * 2, np.int32)
    labels = np.array([1, 1, 1, 1, 2, 0, 1, 2, 1, 1], np.int32)
    found = known(floor_overlap(labels, truth, floor_ids=frozenset({FLOOR})))
    # Points without a true instance do not count against the prediction.
    assert found == FloorOverlap(4, 7)


def test_floor_that_nothing_covers_shares_nothing() -> None:
    truth = np.array([FLOOR, FLOOR, CHAIR], np.int32)
    labels = np.array([0, 0, 4], np.int32)
    assert floor_overlap(labels, truth, floor_ids=frozenset({FLOOR})) == FloorOverlap(0, 2)
    assert floor_overlap(labels, truth, floor_ids=frozenset()) is None


def test_floors_are_pooled_by_points() -> None:
    assert floor_iou([FloorOverlap(1, 2), FloorOverlap(9, 10)]) == pytest.approx(10 / 12)
    assert np.isnan(floor_iou([]))


def test_summary_of_two_rooms() -> None:
    ids = [FLOOR] * 200 + [CHAIR] * 150 + [TABLE] * 99
    truth = make_truth(ids)
    assert num_true_things(truth) == 1  # the table is too small to be counted
    good = fit_scene(make_scene(ids), truth)
    split = fit_scene(make_scene([4] * 100 + [5] * 100 + ids[200:]), truth)
    found = summarize([good, split])
    assert (found.num_listed, found.num_true, found.num_places) == (7, 2, 2)
    assert found.floor_iou == pytest.approx(300 / 400)
    assert found.lowest_floor_iou == pytest.approx(0.5)
    assert summarize([good]).constant == (100.0, 100.0, 100.0)
    assert found.constant[1] < 100
    assert Summary.from_dict(found.as_dict()) == found


def make_summary(ap50: float) -> Summary:
    triple = (ap50, ap50, ap50)
    return Summary(triple, (ap50 - 1, ap50, ap50), triple, 15, 10, 0.95, 0.9, 1)


def test_goals_hold_the_default_against_the_better_baseline() -> None:
    baseline = {"bedroom": {"0.05": {"constant": [1, 40, 2]}, "0.08": {"constant": [1, 73, 2]}}}
    assert better_ap50(baseline["bedroom"]) == 73
    results = {"bedroom": {"default": make_summary(88.0), "true": make_summary(50.0)}}
    met = {goal.name: goal.is_met for goal in make_goals(results, baseline)}
    assert met == {
        "bedroom: AP50": True,
        "bedroom: AP25": False,
        "bedroom: AP of own over constant scores": False,
        "bedroom: AP50 over the better Open3D": True,
        "bedroom: IoU of the floor, lowest": True,
        "bedroom: things listed per true one": True,
        "bedroom, true masks: AP": False,
    }


def write_baseline(path: Path, *, benchmark: str = "open3d_baseline") -> None:
    value = {
        "format": "scenewright-benchmark",
        "benchmark": benchmark,
        "settings": {"seeds": [0, 1]},
        "results": {"places": {"rooms": {}, "bedroom": {}}},
    }
    write_json(path, value)


def test_figures_of_other_rooms_are_left_out(tmp_path: Path) -> None:
    write_baseline(tmp_path / "a.json")
    assert set(read_baseline(tmp_path / "a.json", seeds=(0, 1))) == {"rooms", "bedroom"}
    assert set(read_baseline(tmp_path / "a.json", seeds=(0,))) == {"bedroom"}


def test_missing_and_foreign_figures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="There are no figures of the baseline at"):
        read_baseline(tmp_path / "a.json", seeds=())
    write_baseline(tmp_path / "a.json", benchmark="fusion_speed")
    with pytest.raises(FormatError, match=r"expected the result of open3d_baseline\.py"):
        read_baseline(tmp_path / "a.json", seeds=())


def make_listed(tmp_path: Path) -> tuple[Path, Path]:
    """The table and the empty verdicts of three objects."""
    scene = make_scene([1, 2, 2, 2, 3, 3, 3, 3])
    rows = object_rows(scene)
    table, verdicts = tmp_path / "objects.csv", tmp_path / "verdicts.csv"
    table.write_text(table_text(rows))
    verdicts.write_text(empty_verdicts(rows))
    return table, verdicts


def fill_in(verdicts: Path, words: list[str]) -> None:
    head, columns, *rows = verdicts.read_text().splitlines()
    filled = [row.partition(",")[0] + f",{word}" for row, word in zip(rows, words, strict=True)]
    verdicts.write_text("\n".join([head, columns, *filled]) + "\n")


def test_objects_are_listed_things_first_and_by_size() -> None:
    table = make_scene([1, 2, 2, 2, 3, 3, 3, 3]).instances
    scene = Scene(replace(table, role=np.array(["object", "object", "floor"])))
    assert object_rows(scene) == [
        ("2", "object", "0.20 x 0.00 x 0.00", "3", "0", "1.000"),
        ("1", "object", "0.00 x 0.00 x 0.00", "1", "0", "1.000"),
        ("3", "floor", "0.30 x 0.00 x 0.00", "4", "0", "1.000"),
    ]


def test_verdicts_are_read_and_counted(tmp_path: Path) -> None:
    table, verdicts = make_listed(tmp_path)
    fill_in(verdicts, ["thing,a chair", 'scrap,"wall, and half a door"', "thing,a cup"])
    judged = read_verdicts(verdicts, table=table)
    assert judged[2] == Judgment("scrap", "wall, and half a door")
    assert list(judged) == [3, 2, 1]
    assert count_verdicts(judged) == {"thing": 2, "surface": 0, "part": 0, "scrap": 1}


def test_verdicts_of_another_result_are_refused(tmp_path: Path) -> None:
    table, verdicts = make_listed(tmp_path)
    fill_in(verdicts, ["thing,"] * 3)
    table.write_text(table.read_text().replace("1.000", "0.999", 1))
    with pytest.raises(FormatError, match="does not belong to"):
        read_verdicts(verdicts, table=table)


def test_verdicts_have_to_be_known_and_complete(tmp_path: Path) -> None:
    table, verdicts = make_listed(tmp_path)
    with pytest.raises(FormatError, match=r"object 3: expected one of thing, surface, part, scrap"):
        read_verdicts(verdicts, table=table)
    fill_in(verdicts, ["thing,"] * 3)
    verdicts.write_text("\n".join(verdicts.read_text().splitlines()[:-1]))
    with pytest.raises(FormatError, match="expected one row for each of 3 objects"):
        read_verdicts(verdicts, table=table)
    with pytest.raises(CaptureError, match="There is no file"):
        read_verdicts(tmp_path / "none.csv", table=table)


def test_goals_of_masks_are_shares_in_percent() -> None:
    goals = make_mask_goals(MaskGoals(93.0, 97.0, 60.0), best_iou=0.931, overlap_f=0.96, median=61)
    assert [goal.is_met for goal in goals] == [True, False, False]
    assert [goal.value for goal in goals] == pytest.approx([93.1, 96.0, 61.0])


def test_a_room_filmed_once_is_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy_places, "ROOM_FRAMES", 2)
    monkeypatch.setattr(accuracy_places, "ROOM_SIZE", (32, 24))
    (place,) = open_places("rooms", Folders(), seeds=(3,))
    room = film_room(3, num_frames=2, width=32, height=24, depth_noise=True)
    np.testing.assert_array_equal(known(place.source[1].depth), known(room[1].depth))
    expected = room.truth_points()
    np.testing.assert_array_equal(place.truth.points.points, expected.points)
    np.testing.assert_array_equal(known(place.truth.points.instance_id), expected.instance_id)
    assert place.truth.stuff_ids == room.stuff_ids
    assert len(floor_ids(place.truth)) == 1
    np.testing.assert_array_equal(known(place.source.up), [0, 0, 1])


def test_sheets_hold_thirty_objects_each() -> None:
    rows = [(f"{i}", "object", "1.00 x 0.50 x 0.20", "9", "3", "0.500") for i in range(1, 33)]
    views = {31: BestView(4, np.zeros((30, 60, 3), np.uint8))}
    first, second = sheets(rows, views)
    assert (first.size, second.size) == ((1440, 1290), (1440, 258))
    assert second.getpixel((30, 40)) == (0, 0, 0)
    assert second.getpixel((360, 200)) == (255, 255, 255)
