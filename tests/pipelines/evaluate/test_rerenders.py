"""Images of a generated scene compared with those of the truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.metrics.shapes.scene_shapes import ObjectScene
from scenewright.pipelines.evaluate.rerenders import compare_renders, load_encoders
from tests.builders import make_cube, turn

SMALL = make_cube(edge=0.5)
BESIDE = replace(make_cube(), vertices=make_cube().vertices + np.array([2, 0, 0], np.float32))
TRUTH = ObjectScene({1: SMALL, 2: BESIDE})


class MeanColor:
    """An encoder whose vector is the mean color."""

    def encode(self, image: NDArray[np.uint8], masks: Any = None) -> NDArray[np.float32]:
        vector = image.reshape(-1, 3).mean(axis=0)
        unit: NDArray[np.float32] = (vector / np.linalg.norm(vector))[None].astype(np.float32)
        return unit


def test_an_equal_scene_in_another_frame() -> None:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = 2 * turn(0.5), (1, 2, 3)
    predicted_from_truth = np.linalg.inv(matrix)
    moved = {
        10 * number: replace(
            mesh,
            vertices=(
                mesh.vertices @ predicted_from_truth[:3, :3].T + predicted_from_truth[:3, 3]
            ).astype(np.float32),
        )
        for number, mesh in TRUTH.meshes.items()
    }
    found = compare_renders(
        ObjectScene(moved),
        TRUTH,
        truth_from_predicted=matrix,
        pairs={1: 10, 2: 20},
        num_views=2,
        encoders={"mean": MeanColor()},
    )
    assert found.quality.num_images == 2 and found.quality.lpips is None
    assert found.quality.psnr > 40 and found.quality.ssim > 0.99
    assert found.mask_iou > 0.99
    assert found.similarity["mean"] == pytest.approx(1, abs=1e-4)


def test_a_missing_object_costs() -> None:
    arguments: dict[str, Any] = {"truth_from_predicted": np.eye(4), "num_views": 1}
    half = compare_renders(ObjectScene({2: BESIDE}), TRUTH, pairs={2: 2}, **arguments)
    assert half.mask_iou == pytest.approx(0.5, abs=0.1)
    nothing = compare_renders(ObjectScene({}), TRUTH, pairs={}, **arguments)
    assert nothing.mask_iou == 0
    assert nothing.quality.psnr < half.quality.psnr


def test_encoders_need_weights() -> None:
    with pytest.raises(ConventionError) as caught:
        load_encoders(["embed/clip"])
    assert str(caught.value).startswith("Image encoder: expected NAME=WEIGHTS, got embed/clip")
    assert load_encoders([]) == {}
