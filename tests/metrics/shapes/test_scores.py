"""Scores of scenes, their means, and equality with the published evaluation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from metric_parity_scenes import check_scenes
from metric_parity_tally import Tally
from scenewright.core import ShapeError
from scenewright.metrics.shapes.point_sets import fit_in_cube, stretch_to_cube
from scenewright.metrics.shapes.scores import (
    SceneScores,
    align_objects,
    pool_scores,
    score_objects,
    score_scene,
)

UNIT = np.array([[0.0, 0, 0], [1, 1, 1]])
TRUTH = [UNIT, UNIT * (1, 2, 4) + np.array([3, 0, 0])]


@pytest.mark.slow
@pytest.mark.shared
def test_equals_the_published_evaluation(shared_dir: Path) -> None:
    file = shared_dir / "fixtures" / "metrics" / "scene_generation.json"
    if not file.is_file():
        pytest.skip(f"needs {file}, which is not part of the repository")
    tally = Tally()
    with np.load(file.with_suffix(".npz")) as arrays:
        check_scenes(json.loads(file.read_text()), arrays, tally)
    assert tally.differing == []
    assert tally.num_values > 300


def test_a_failed_object_counts() -> None:
    scene, ious = score_scene([TRUTH[0], None], TRUTH)
    assert scene is not None
    assert scene.predicted_to_truth == 0 and scene.truth_to_predicted > 1
    assert list(ious) == pytest.approx([1, 0], abs=1e-7)
    objects = score_objects([TRUTH[0], None], TRUTH, normalize=fit_in_cube)
    assert objects[0] is not None and objects[0].chamfer == 0 and objects[1] is None
    pooled = pool_scores([SceneScores(scene, ious, {"isotropic": objects})])
    assert (pooled.num_objects, pooled.num_failed_objects, pooled.num_failed_scenes) == (2, 1, 0)
    assert pooled.object_chamfer["isotropic"] == 0
    assert pooled.object_f_score["isotropic"] == pytest.approx(0.5)
    assert pooled.box_iou == pytest.approx(0.5, abs=1e-7)


def test_a_failed_scene_counts() -> None:
    scene, ious = score_scene([None, None], TRUTH)
    objects = score_objects([None, None], TRUTH, normalize=fit_in_cube)
    assert scene is None
    assert list(ious) == [0, 0]
    assert list(objects) == [None, None]
    whole, perfect = score_scene(TRUTH, TRUTH)
    pooled = pool_scores([SceneScores(scene, ious, {}), SceneScores(whole, perfect, {})])
    assert (pooled.num_scenes, pooled.num_failed_scenes) == (2, 1)
    assert pooled.scene_f_score == pytest.approx(0.5)
    assert pooled.scene_chamfer == 0
    assert np.isnan(pool_scores([]).scene_chamfer)


def test_additional_objects_count_in_the_scene() -> None:
    scene, ious = score_scene(TRUTH, TRUTH, extra=[UNIT + 10])
    assert scene is not None and scene.predicted_to_truth > 1
    assert ious[0] == pytest.approx(1, abs=1e-7)


def test_only_the_isotropic_normalization_sees_proportions() -> None:
    squeezed = [TRUTH[0], TRUTH[1] * (1, 1, 0.5)]
    (_, stretched) = score_objects(squeezed, TRUTH, normalize=stretch_to_cube)
    (_, isotropic) = score_objects(squeezed, TRUTH, normalize=fit_in_cube)
    assert stretched is not None and stretched.chamfer == 0
    assert isotropic is not None and isotropic.chamfer > 0.01


def test_objects_are_aligned_one_by_one() -> None:
    def shift(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix = np.eye(4)
        matrix[:3, 3] = theirs[0] - ours[0]
        return matrix

    ours = [UNIT + 0.5, None]
    placements = align_objects(ours, TRUTH, normalize=np.asarray, align=shift)
    assert placements[0] is not None and placements[0][:3, 3].tolist() == [-0.5, -0.5, -0.5]
    found = score_objects(ours, TRUTH, normalize=np.asarray, placements=placements)
    assert found[0] is not None and found[0].chamfer == 0


def test_numbers_of_objects_must_agree() -> None:
    with pytest.raises(ShapeError) as caught:
        score_scene([UNIT], TRUTH)
    assert str(caught.value).startswith(
        "predicted objects: expected 2, one per true object (None for a failure), got 1"
    )
