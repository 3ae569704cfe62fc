"""Instances as one boolean column per instance over points, the form that benchmarks use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Scene
from scenewright.core.checks import as_array, check_finite


@dataclass(frozen=True, eq=False)
class PointMasks:
    """Predicted instances on a point set or on the vertices of a mesh.

    Attributes:
        masks: (P, I) bool, whether a point belongs to an instance.
        score: (I,) float64 in [0, 1].
        class_id: (I,) int32 id in the class list of a benchmark.
        embedding: (I, D) float32, or None.
    """

    masks: NDArray[np.bool_]
    score: NDArray[np.float64]
    class_id: NDArray[np.int32]
    embedding: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        masks = as_array("PointMasks.masks", self.masks, shape=(None, None), dtype=np.bool_)
        n = masks.shape[1]
        score = as_array("PointMasks.score", self.score, shape=(n,), dtype=np.float64)
        check_finite("PointMasks.score", score)
        class_id = as_array("PointMasks.class_id", self.class_id, shape=(n,), dtype=np.int32)
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "score", score)
        object.__setattr__(self, "class_id", class_id)
        if self.embedding is not None:
            name = "PointMasks.embedding"
            vectors = as_array(name, self.embedding, shape=(n, None), dtype=np.float32)
            check_finite(name, vectors)
            object.__setattr__(self, "embedding", vectors)

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def from_scene(
        cls,
        scene: Scene,
        *,
        class_ids: Mapping[int, int] | None = None,
        default_class_id: int = 0,
        feature: str | None = None,
    ) -> PointMasks:
        """One column per instance in the order of the table; no point is in two columns.

        Args:
            scene: Its points must have instance ids.
            class_ids: Benchmark class by instance id.
            default_class_id: Class of instances that are not in `class_ids`.
            feature: Name of the feature column that becomes the embedding; None takes the first.

        Raises:
            ConventionError: The scene has no points, they have no instance ids, or the table has
                no such column.
        """
        if scene.points is None or scene.points.instance_id is None:
            raise ConventionError(
                "scene", expected="points with instance ids", got="none", do="Segment it first."
            )
        table = scene.instances
        if feature is not None and feature not in table.features:
            raise ConventionError(
                f"feature {feature!r}",
                expected=f"one of {', '.join(table.features) or 'no columns at all'}",
                got="a name that no column has",
            )
        name = next(iter(table.features), None) if feature is None else feature
        known = class_ids or {}
        return cls(
            scene.points.instance_id[:, None] == table.id[None, :],
            table.score.astype(np.float64),
            np.array([known.get(int(i), default_class_id) for i in table.id], np.int32),
            None if name is None else table.features[name].vectors,
        )
