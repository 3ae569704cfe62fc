"""Objects in boxes by color and depth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.models import PromptSegmenter, create

SIZE = (90, 120)


def disk() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    inside: NDArray[np.bool_] = np.hypot(columns - 60, rows - 45) < 24
    return inside


def scene(*, colored: bool = True) -> NDArray[np.uint8]:
    """A red disk on noisy gray, or a disk that only depth shows."""
    rng = np.random.default_rng(0)
    image = np.full((*SIZE, 3), 120.0)
    if colored:
        image[disk()] = (190, 70, 50)
    return np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def share(found: NDArray[np.bool_]) -> float:
    return float((found & disk()).sum() / (found | disk()).sum())


def test_object_in_a_box() -> None:
    segmenter = create("prompt/region-growing")
    assert isinstance(segmenter, PromptSegmenter)
    masks = segmenter.segment(scene(), box=np.array([30, 15, 90, 75]))
    assert len(masks) == 1 and masks.scores.tolist() == [1]
    assert share(masks.to_id_map() > 0) > 0.95
    again = segmenter.segment(scene(), box=np.array([30, 15, 90, 75]))
    np.testing.assert_array_equal(again.to_id_map(), masks.to_id_map())


def test_object_that_only_depth_shows() -> None:
    box = np.array([30, 15, 90, 75])
    depth = np.where(disk(), 1.0, 1.5).astype(np.float32)
    depth[40:42] = 0
    flat = create("prompt/region-growing").segment(scene(colored=False), box=box)
    deep = create("prompt/region-growing", depth=depth).segment(scene(colored=False), box=box)
    assert share(deep.to_id_map() > 0) > 0.9 > share(flat.to_id_map() > 0)


def test_box_at_the_border_of_the_picture() -> None:
    masks = create("prompt/region-growing").segment(scene(), box=np.array([0, 0, 120, 90]))
    assert share(masks.to_id_map() > 0) > 0.9


def test_points() -> None:
    segmenter = create("prompt/region-growing")
    points = np.array([[60.0, 45.0], [5.0, 5.0]])
    masks = segmenter.segment(scene(), points=points, labels=np.array([1, 0]))
    assert share(masks.to_id_map() > 0) > 0.9


def test_wrong_prompts() -> None:
    segmenter = create("prompt/region-growing")
    with pytest.raises(ConventionError) as caught:
        segmenter.segment(scene())
    assert str(caught.value) == "Prompt: expected a box, or a point on the object, got none"
    with pytest.raises(ShapeError) as shape:
        segmenter.segment(scene()[..., 0], box=np.array([0, 0, 5, 5]))
    assert str(shape.value) == "image: expected (H, W, 3) uint8 RGB, got (90, 120) uint8"
    shallow = create("prompt/region-growing", depth=np.ones((3, 3), np.float32))
    with pytest.raises(ShapeError) as depth:
        shallow.segment(scene(), box=np.array([0, 0, 5, 5]))
    assert str(depth.value) == "depth: expected (90, 120), as the image, got (3, 3)"
