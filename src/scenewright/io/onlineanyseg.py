"""The `.npz` format of predictions of OnlineAnySeg and MaskClustering."""

from __future__ import annotations

import os

import numpy as np

from scenewright.core import ShapeError
from scenewright.io._common import reading
from scenewright.io.npz import read_npz, write_npz
from scenewright.io.point_masks import PointMasks


def write_onlineanyseg(path: str | os.PathLike[str], predictions: PointMasks) -> None:
    """Writes pred_masks (P, I) bool, pred_score (I,), pred_classes (I,), pred_sem_features (D, I).

    Column i of every array is the same instance. Without embeddings there is no
    pred_sem_features.

    Args:
        path: The `.npz` file.
        predictions: Instances over P points.
    """
    arrays = {
        "pred_masks": predictions.masks,
        "pred_score": predictions.score,
        "pred_classes": predictions.class_id,
    }
    if predictions.embedding is not None:
        arrays["pred_sem_features"] = predictions.embedding.T
    # Compression reduces boolean columns about a hundredfold.
    write_npz(path, arrays, compress=True)


def read_onlineanyseg(path: str | os.PathLike[str]) -> PointMasks:
    """Reads predictions over P points; masks of other programs may overlap.

    Raises:
        FormatError: The file is missing or damaged, or its arrays do not match.
    """
    needed = ("pred_masks", "pred_score", "pred_classes")
    arrays = read_npz(path, required=needed, optional=("pred_sem_features",))
    with reading(path, "file of predictions"):
        masks = arrays["pred_masks"]
        if masks.dtype != np.bool_:
            if masks.dtype.kind not in "iu" or (
                masks.size and (masks.min() < 0 or masks.max() > 1)
            ):
                raise ShapeError("pred_masks", expected="booleans", got=str(masks.dtype))
            masks = masks.astype(np.bool_)
        features = arrays.get("pred_sem_features")
        return PointMasks(
            masks,
            arrays["pred_score"],
            arrays["pred_classes"],
            None if features is None else features.T,
        )
