"""Questions of the demo: names from the truth, answers against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import PointCloud
from scenewright.pipelines.demo.questions import ask_questions, true_names
from scenewright.pipelines.evaluate.scenes import SceneTruth
from scenewright.worlds.language.scenes import true_scene
from tests.builders import known
from tests.worlds.language.world_builders import make_boxes

WORLD = make_boxes()
SCENE = true_scene(WORLD, points_per_object=300)


def make_truth() -> SceneTruth:
    return SceneTruth(known(SCENE.points), frozenset({1}), WORLD.labels)


def test_objects_get_the_names_of_the_true_ones_that_they_cover() -> None:
    points = known(SCENE.points)
    shifted = known(points.instance_id) + np.where(known(points.instance_id) > 0, 10, 0)
    table = replace(SCENE.instances, id=SCENE.instances.id + 10, label=("",) * 9)
    cloud = PointCloud(points.points, points.colors, instance_id=shifted.astype(np.int32))
    named, true_ids = true_names(replace(SCENE, points=cloud, instances=table), make_truth())
    assert true_ids == {number + 10: number for number in range(1, 10)}
    assert named.instances.label == SCENE.instances.label


def test_only_the_largest_part_of_an_object_is_named() -> None:
    points = known(SCENE.points)
    ids = known(points.instance_id).copy()
    part = np.flatnonzero(ids == 3)[:100]
    ids[part] = 9
    ids[np.flatnonzero(ids == 9)[:300]] = 9
    lamp = known(points.instance_id) == 9
    ids[lamp] = 0  # object 9 now covers a part of chair 3 alone
    cloud = PointCloud(points.points, points.colors, instance_id=ids)
    named, true_ids = true_names(replace(SCENE, points=cloud), make_truth())
    assert true_ids[3] == 3 and 9 not in true_ids
    assert named.instances.label[2] == "chair"


def test_three_questions_are_answered_right() -> None:
    same = {number: number for number in range(1, 10)}
    answers = ask_questions(SCENE, same, WORLD, seed=0)
    assert len(answers) == 3 and all(one.is_right for one in answers)
    wrong = ask_questions(true_scene(make_boxes(())), {}, WORLD, seed=0)
    assert not any(one.is_right for one in wrong)
    assert "an object that was not found" in {one.truth for one in wrong}
