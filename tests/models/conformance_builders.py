"""Assertions of what every backend of a slot promises."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Frame, MaskSet, ShapeError
from scenewright.models import ImageEncoder, MaskProposer, PromptSegmenter


def assert_proposes(backend: object, frame: Frame) -> MaskSet:
    """Asserts the promises of `MaskProposer`; returns the masks, at least one."""
    assert isinstance(backend, MaskProposer)
    before = [None if x is None else x.copy() for x in (frame.image, frame.depth)]
    masks = backend.propose(frame)
    assert isinstance(masks, MaskSet)
    assert (masks.height, masks.width) == frame.camera.size
    assert len(masks) > 0
    assert masks.scores.min() >= 0 and masks.scores.max() <= 1
    for now, then in zip((frame.image, frame.depth), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert_same(masks, backend.propose(frame))
    return masks


def assert_segments(backend: object, frame: Frame) -> MaskSet:
    """Asserts the promises of `PromptSegmenter`; returns the candidates for one point."""
    assert isinstance(backend, PromptSegmenter)
    assert frame.image is not None
    point = np.array([[frame.camera.width / 2, frame.camera.height / 2]])
    masks = backend.segment(frame.image, points=point)
    assert (masks.height, masks.width) == frame.camera.size
    assert (np.diff(masks.scores) <= 0).all()
    assert_same(masks, backend.segment(frame.image, points=point, labels=np.array([1])))
    return masks


def assert_encodes(backend: object, frame: Frame, masks: MaskSet) -> None:
    """Asserts the promises of `ImageEncoder`."""
    assert isinstance(backend, ImageEncoder)
    assert frame.image is not None
    for vectors, count in (
        (backend.encode(frame.image), 1),
        (backend.encode(frame.image, masks), len(masks)),
        (backend.encode(frame.image, MaskSet.empty(*frame.camera.size)), 0),
        (backend.encode_text(["a cup", "a red chair"]), 2),
        (backend.encode_text([]), 0),
    ):
        assert vectors.shape == (count, backend.dim)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    once, again = backend.encode(frame.image, masks), backend.encode(frame.image, masks)
    np.testing.assert_array_equal(once, again)
    with pytest.raises(ShapeError, match="masks to encode"):
        backend.encode(frame.image, MaskSet.empty(2, 3))


def assert_same(masks: MaskSet, again: MaskSet | None) -> None:
    """Asserts that two sets are equal."""
    assert isinstance(again, MaskSet)
    for name in ("starts", "lengths", "offsets", "ids", "scores"):
        np.testing.assert_array_equal(getattr(again, name), getattr(masks, name))
