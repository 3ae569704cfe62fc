"""The sample of a scene that agrees best with its masks and depth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, MaskSet, Mesh
from scenewright.generation.layout import Layout
from scenewright.models.generated import (
    GaussianCloud,
    GeneratedObject,
    GeneratedScene,
    ScenePicture,
)
from scenewright.pipelines.generate.candidates import (
    SEED_STEP,
    agreement,
    best_sample,
    placed_surfels,
)
from scenewright.pipelines.generate.masks import SceneInput
from scenewright.pipelines.generate.placing import WORLD_FROM_CAM_AXES
from scenewright.pipelines.pictures.view_pictures import draw_view

CAMERA = Camera.from_focal(60.0, 60.0, 40, 30, width=80, height=60)


def box(number: int, pose: np.ndarray, *, half: tuple[float, float, float]) -> GeneratedObject:
    """A box of half edges in its cube, with flat Gaussians on its sides."""
    steps = np.linspace(-1, 1, 17)
    rows, columns = (each.ravel() for each in np.meshgrid(steps, steps))
    half_turn = np.sqrt(0.5)
    sides, quats = [], []
    # Turned about y, about x, and not at all, so that the thin axis is that of the side.
    turns = [(half_turn, 0, half_turn, 0), (half_turn, half_turn, 0, 0), (1, 0, 0, 0)]
    for axis, turn in enumerate(turns):
        for sign in (-1.0, 1.0):
            side = np.insert(np.stack([rows, columns], 1), axis, sign, axis=1)
            sides.append(side * half)
            quats.append(np.tile(np.array(turn, np.float32), (len(side), 1)))
    points = np.concatenate(sides).astype(np.float32)
    count = len(points)
    cloud = GaussianCloud(
        points, np.concatenate(quats).astype(np.float32),
        np.tile(np.array([0.05, 0.05, 0.002], np.float32), (count, 1)),
        np.full(count, 0.95, np.float32), np.full((count, 3), 0.5, np.float32),
    )  # fmt: skip
    mesh = Mesh(points, np.array([[0, 1, 2]], np.int32))
    return GeneratedObject(number, np.zeros((1, 3), np.int32), 8, mesh, cloud, pose)


def true_poses() -> list[np.ndarray]:
    """Of two cubes in front of a camera at the origin, x right, y away, z up."""
    poses = []
    for edge, place in ((1.2, (-0.7, 3.5, 0.0)), (0.8, (0.8, 3.0, -0.2))):
        pose = np.diag([edge, edge, edge, 1.0])
        pose[:3, 3] = place
        poses.append(pose)
    return poses


def made_scene(half: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> GeneratedScene:
    """Two cubes at their true places; the first has the given half edges."""
    first, second = true_poses()
    return GeneratedScene(
        (box(0, first, half=half), box(1, second, half=(0.5, 0.5, 0.5))), frame="scene cube"
    )


def layout_of(made: GeneratedScene) -> Layout:
    """The true layout."""
    poses = np.stack([each.pose for each in made.objects if each.pose is not None])
    observed = np.eye(4)
    observed[:3, :3] = WORLD_FROM_CAM_AXES
    return Layout(poses, observed, is_metric=True, ground="objects")


def picture() -> SceneInput:
    """What the camera sees of the two cubes."""
    made = made_scene()
    view = draw_view(
        placed_surfels(made.objects, layout_of(made)), CAMERA,
        world_from_cam=np.block([[WORLD_FROM_CAM_AXES, np.zeros((3, 1))], [np.eye(4)[3:]]]),
    )  # fmt: skip
    assert view.ids is not None
    image = ScenePicture(np.zeros((60, 80, 3), np.uint8), MaskSet.from_id_map(view.ids))
    depth = np.where(view.ids > 0, view.view.median_depth, 0).astype(np.float32)
    return SceneInput((image,), (Path("a.png"),), (1, 2), ("", ""), CAMERA, depth, "files")


def scored(made: GeneratedScene, given: SceneInput) -> float:
    return agreement(made.objects, layout_of(made), given)


def test_true_shapes_agree_best() -> None:
    given = picture()
    best = scored(made_scene(), given)
    assert best > 0.9
    assert scored(made_scene((0.5, 0.5, 0.2)), given) < best - 0.1
    assert scored(made_scene((0.2, 0.5, 0.5)), given) < best - 0.1


def test_depth_counts_where_it_is_known_and_the_scene_is_metric() -> None:
    made, given = made_scene(), picture()
    assert given.depth is not None
    far = replace(given, depth=given.depth * np.float32(1.2))
    assert scored(made, far) < 0.02
    assert scored(made, replace(far, depth=None)) > 0.9
    layout = replace(layout_of(made), is_metric=False)
    assert agreement(made.objects, layout, far) > 0.9


def test_an_object_without_a_shape_counts_nothing() -> None:
    made, given = made_scene(), picture()
    layout = layout_of(made)
    alone = replace(layout, world_from_object=layout.world_from_object[:1])
    part = agreement(made.objects[:1], alone, given)
    assert 0.4 < part <= 0.5


def test_the_best_of_several_seeds_is_kept() -> None:
    shapes = {7: (0.5, 0.5, 0.2), 9: (0.5, 0.5, 0.5), 11: (0.2, 0.5, 0.5)}
    given = picture()
    chosen = best_sample(lambda seed: made_scene(shapes[seed]), given, seed=7, count=3)
    assert [each.seed for each in chosen.candidates] == [7, 7 + SEED_STEP, 7 + 2 * SEED_STEP]
    best = max(chosen.candidates, key=lambda each: each.agreement)
    assert best.seed == 9
    assert np.ptp(chosen.objects[0].mesh.vertices[:, 2]) == pytest.approx(1.0)


def test_one_sample_is_not_compared() -> None:
    made, given = made_scene(), picture()
    chosen = best_sample(lambda seed: made, given, seed=3, count=1)
    assert chosen.candidates == () and chosen.made is made


def test_samples_without_shapes_are_passed_over() -> None:
    made, given = made_scene(), picture()

    def sample(seed: int) -> GeneratedScene:
        if seed == 0:
            raise ConventionError("The generated shapes", expected="occupied voxels", got="none")
        return made

    chosen = best_sample(sample, given, seed=0, count=2)
    assert [each.seed for each in chosen.candidates] == [SEED_STEP]
    with pytest.raises(ConventionError, match="The generated shapes"):
        best_sample(lambda seed: sample(0), given, seed=0, count=3)
