"""Names objects by comparing vectors of their pictures with vectors of words.

This is how open vocabulary is done with encoders of images and texts, such as CLIP (Radford et al.,
ICML 2021), as in OpenMask3D (Takmaz et al., NeurIPS 2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, InstanceTable, Scene
from scenewright.models import ImageEncoder

PROMPTS = ("a photo of a {}.", "a {} in a room.", "a picture of the {} on its own.")
"""Sentences in which each word is encoded; their vectors are averaged."""
SHARPNESS = 100.0
"""Factor of the cosines before the softmax, which CLIP learned; others are near it."""
_CANDIDATES = 5
_BATCH = 64


def word_vectors(encoder: ImageEncoder, words: Sequence[str]) -> NDArray[np.float32]:
    """(M, D) unit vectors of words, each averaged over `PROMPTS`."""
    texts = [prompt.format(word) for word in words for prompt in PROMPTS]
    parts = [encoder.encode_text(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
    vectors = np.concatenate(parts).reshape(len(words), len(PROMPTS), -1).mean(axis=1)
    return _as_units(vectors)


def name_chances(
    pictures: NDArray[np.floating], words: NDArray[np.floating]
) -> NDArray[np.float64]:
    """How likely each word names each object.

    Args:
        pictures: (N, D) mean vector of the pictures of each object; a zero row = none.
        words: (M, D) unit vectors.

    Returns:
        (N, M), rows sum to 1; zeros for objects without pictures.
    """
    cosines = SHARPNESS * (_as_units(pictures) @ words.T).astype(np.float64)
    chances = np.exp(cosines - cosines.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    known = np.any(pictures, axis=1)
    named: NDArray[np.float64] = chances * known[:, None]
    return named


def with_names(
    scene: Scene,
    chances: Mapping[int, NDArray[np.float64]],
    words: Sequence[str],
    *,
    min_score: float,
) -> Scene:
    """The scene with labels and candidate labels.

    An object whose best word is less likely than `min_score` keeps the label that it has, if any;
    floor, walls and ceiling keep theirs.

    Args:
        scene: Not changed.
        chances: (M,) probabilities of the words, by id.
        words: M words.
        min_score: 0 to 1.

    Raises:
        ConventionError: `min_score` is not from 0 to 1, or there are no words.
    """
    if not 0 <= min_score <= 1:
        raise ConventionError("min_score", expected="0 to 1", got=f"{min_score:g}")
    if not words:
        raise ConventionError("words", expected="at least one", got="none")
    rows = []
    for row in scene.instances:
        found = chances.get(row.id)
        if found is not None and row.role == "object":
            best = np.argsort(-found, kind="stable")[:_CANDIDATES]
            if found[best[0]] >= min_score and found[best[0]] > 0:
                scores = {words[i]: float(found[i]) for i in best if found[i] > 0}
                row = replace(row, label=words[best[0]], label_scores=scores)
        rows.append(row)
    models = scene.instances.feature_models()
    return replace(scene, instances=InstanceTable.from_rows(rows, feature_models=models))


def _as_units(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: NDArray[np.float32] = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
    return units
