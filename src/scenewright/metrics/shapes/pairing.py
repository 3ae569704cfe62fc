"""Which predicted object belongs to which true one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from scenewright.core import ConventionError
from scenewright.geometry.transforms import transform_points
from scenewright.metrics.shapes.alignment import align_robust
from scenewright.metrics.shapes.meshes import sample_surface
from scenewright.metrics.shapes.point_sets import box_iou, scene_normalization
from scenewright.metrics.shapes.scene_shapes import ObjectScene

PAIRINGS: Final = ("id", "order", "place")
_NUM_SAMPLES: Final = 500


def pair_objects(
    predicted: ObjectScene, truth: ObjectScene, *, by: str = "id", seed: int = 0
) -> dict[int, int]:
    """Pairs predicted objects with true ones; what stays without a pair counts as a failure.

    Args:
        predicted: The scene to measure.
        truth: The true scene.
        by: ``"id"`` pairs equal instance ids, ``"order"`` the first with the first and so on,
            ``"place"`` one to one by their boxes after the scenes were normalized and aligned.
        seed: Random seed of the samples that are aligned.

    Returns:
        Predicted id by true id.

    Raises:
        ConventionError: The name is unknown, or no id is in both scenes.
    """
    if by == "order":
        return dict(zip(truth.meshes, predicted.meshes, strict=False))
    if by == "place":
        return _by_place(predicted, truth, seed)
    if by != "id":
        expected = f"one of {', '.join(PAIRINGS)}"
        raise ConventionError("Pairing of objects", expected=expected, got=by)
    shared = {one: one for one in truth.meshes if one in predicted.meshes}
    if not shared and predicted.meshes:
        raise ConventionError(
            "Pairing of objects by id",
            expected=f"some of the true ids {list(truth.meshes)[:10]}",
            got=f"{list(predicted.meshes)[:10]}",
            do="Pair them by 'order' or by 'place' instead.",
        )
    return shared


def _by_place(predicted: ObjectScene, truth: ObjectScene, seed: int) -> dict[int, int]:
    clouds = []
    for scene in (predicted, truth):
        samples = {
            number: sample_surface(mesh, _NUM_SAMPLES, seed=seed + number)[0]
            for number, mesh in scene.meshes.items()
            if len(mesh.faces)
        }
        if not samples:
            return {}
        matrix = scene_normalization(np.concatenate(list(samples.values())))
        clouds.append({number: transform_points(one, matrix) for number, one in samples.items()})
    ours, theirs = clouds
    random = np.random.default_rng(seed)
    mixed = [random.permutation(np.concatenate(list(one.values()))) for one in clouds]
    matrix = align_robust(mixed[0], mixed[1], up=truth.up)
    moved = {number: transform_points(one, matrix) for number, one in ours.items()}
    cost = np.array(
        [
            [
                float(np.linalg.norm(_middle(one) - _middle(other))) - box_iou(one, other)
                for one in moved.values()
            ]
            for other in theirs.values()
        ]
    )
    rows, columns = linear_sum_assignment(cost)
    true_ids, ids = list(theirs), list(moved)
    return {true_ids[row]: ids[column] for row, column in zip(rows, columns, strict=True)}


def _middle(points: NDArray[np.float64]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = (points.min(axis=0) + points.max(axis=0)) / 2
    return middle
