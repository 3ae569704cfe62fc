"""Completing the objects of a scene."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from scenewright.completion.scenes import CompletedScene, complete_objects
from scenewright.core import ConventionError
from scenewright.geometry.solid_cells import fill_solid
from scenewright.models import create
from tests.completion.completion_builders import BOX, BOX_SIZE, POST, seen_scene


@cache
def completed() -> CompletedScene:
    """The small room with both of its objects completed."""
    return complete_objects(seen_scene(), create("complete/symmetry"), ids=(POST, BOX))


def test_objects_become_whole_and_keep_both_boxes() -> None:
    done = {one.id: one for one in completed().objects}
    box = done[BOX]
    assert box.whole is not None and not box.skipped and box.conflict_share < 0.02
    assert box.support == pytest.approx(0, abs=0.01)
    assert box.whole_box.volume == pytest.approx(np.prod(BOX_SIZE), rel=0.15)
    assert box.seen_box.size[1] < BOX_SIZE[1] + 0.01
    assert 0.3 < box.observed_share < 0.9 and box.seconds > 0
    scene = completed().scene
    assert scene.instances.by_id(BOX).source == "completed"
    assert np.allclose(scene.instances.by_id(BOX).box.size, box.whole_box.size)
    assert scene.assets[BOX].is_whole and scene.assets[POST].is_whole
    assert completed().warnings == ()


def test_objects_do_not_grow_into_each_other() -> None:
    grids = []
    for i in (BOX, POST):
        asset = completed().scene.assets[i]
        assert asset.mesh is not None
        grid = np.zeros((150, 150, 80), np.int32)
        corners = asset.world_vertices()[asset.mesh.faces]
        fill_solid(corners, np.array([-0.75, -1.0, -0.05]), 0.012, 1, grid)
        grids.append(grid > 0)
    assert grids[0].any() and grids[1].any()
    shared = (grids[0] & grids[1]).sum() / min(grids[0].sum(), grids[1].sum())
    assert shared <= 0.005


def test_a_handful_of_points_and_a_corner_seen_from_inside_stay_as_they_are() -> None:
    scene = seen_scene()
    cloud = scene.points
    assert cloud is not None and cloud.instance_id is not None and cloud.normals is not None
    of_box = np.flatnonzero(cloud.instance_id == BOX)
    few = np.setdiff1d(np.arange(len(cloud)), of_box[10:])
    done = complete_objects(replace(scene, points=cloud[few]), create("complete/hull"), ids=(BOX,))
    assert done.objects[0].skipped == "only 10 points of its surface were seen"
    assert done.objects[0].whole is None and done.objects[0].observed_share == 1
    assert done.scene.instances.by_id(BOX).source == "observed" and not done.scene.assets
    inward = replace(cloud, normals=-cloud.normals)
    done = complete_objects(replace(scene, points=inward), create("complete/hull"), ids=(BOX,))
    assert done.objects[0].skipped == "it was seen from inside, as the corner of a room is"


def test_missing_grids_are_named_with_the_command_that_stores_them() -> None:
    scene = replace(seen_scene(), grids={})
    with pytest.raises(ConventionError) as error:
        complete_objects(scene, create("complete/hull"), ids=(BOX,))
    assert str(error.value) == (
        "instance 3: expected a grid of occupied, free and unknown cells, got none. Run "
        "'scenewright complete' with the capture, or 'segment --grids' on it first."
    )


def test_drifting_poses_and_unknown_gravity_are_said() -> None:
    scene = seen_scene()
    assert scene.points is not None
    away = replace(
        scene.points, points=scene.points.points + np.array([0, -0.12, 0.12], np.float32)
    )
    moved = replace(scene, points=away, up=None)
    done = complete_objects(moved, create("complete/hull"), ids=(BOX,))
    assert done.warnings[0] == "The direction of gravity is unknown; +z was taken for up."
    assert "of its surface lies in space that frames see through" in done.warnings[1]
