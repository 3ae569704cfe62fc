"""Segment Anything and its successor: prompts, point grids, filters, crops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.core import ConventionError, ShapeError  # noqa: E402
from scenewright.models.adapters._point_grid import crop_windows  # noqa: E402
from scenewright.models.adapters._sam_family import stability  # noqa: E402
from tests.models.adapters.adapter_builders import SAM_NAMES, Make, color_frame, color_image  # noqa: E402
from tests.models.conformance_builders import assert_segments  # noqa: E402


@pytest.mark.parametrize("name", SAM_NAMES)
def test_prompts(name: str, make: Make) -> None:
    backend, frame = make(name), color_frame()
    assert len(assert_segments(backend, frame)) == 3
    box = np.array([16, 12, 32, 24])
    for prompt in (
        {"box": box},
        {"points": np.array([[20, 15], [60, 40]]), "labels": np.array([1, 0])},
        {"points": np.array([[20, 15]]), "box": box},
    ):
        assert len(backend.segment(frame.image, **prompt)) == 1
    # A point off the object has to change the result.
    point = {"points": np.array([[20.0, 15.0], [60.0, 40.0]])}
    first = backend.segment(frame.image, **point, labels=np.array([1, 1]))
    second = backend.segment(frame.image, **point, labels=np.array([1, 0]))
    assert not np.array_equal(first.starts, second.starts)


@pytest.mark.parametrize(
    ("prompt", "error", "text"),
    [
        ({}, ConventionError, "prompt: expected points or a box, got neither"),
        ({"points": np.zeros((2, 3))}, ShapeError,
         "points: expected (N, 2) with at least one, got (2, 3)"),
        ({"points": np.zeros((0, 2))}, ShapeError,
         "points: expected (N, 2) with at least one, got (0, 2)"),
        ({"points": np.full((1, 2), np.nan)}, ConventionError,
         "points: expected finite pixels, got [[nan nan]]"),
        ({"points": np.zeros((1, 2)), "labels": np.array([2])}, ConventionError,
         "labels: expected 0 or 1, got [2]"),
        ({"points": np.zeros((1, 2)), "labels": np.array([1, 1])}, ShapeError,
         "labels: expected (1,), got (2,)"),
        ({"box": np.zeros(3)}, ShapeError, "box: expected (4,) x, y, x, y, got (3,)"),
        ({"box": np.array([5, 5, 4, 9])}, ConventionError,
         "box: expected x, y, x, y with increasing bounds, got [5. 5. 4. 9.]"),
        ({"box": np.array([1, 1, 4, 9]), "labels": np.array([1])}, ConventionError,
         "labels: expected points that they belong to, got no points"),
    ],
)  # fmt: skip
def test_wrong_prompts(
    prompt: dict[str, Any], error: type[Exception], text: str, make: Make
) -> None:
    with pytest.raises(error) as caught:
        make("masks/sam").segment(color_image(), **prompt)
    assert str(caught.value) == text


def test_a_prompt_needs_an_image(make: Make) -> None:
    with pytest.raises(ShapeError, match=r"^image: expected \(H, W, 3\) uint8, got \(4, 4\) "):
        make("masks/sam").segment(np.zeros((4, 4)), points=np.ones((1, 2)))


@pytest.mark.parametrize("name", SAM_NAMES)
def test_batches_do_not_change_the_masks(name: str, make: Make) -> None:
    whole = make(name, points_per_batch=16).propose(color_frame())
    parts = make(name, points_per_batch=5).propose(color_frame())
    assert len(whole) == len(parts)
    np.testing.assert_allclose(whole.scores, parts.scores, atol=1e-5)


@pytest.mark.parametrize("name", SAM_NAMES)
def test_crops_add_masks(name: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a decoder that finds a blob in the middle of every crop."""
    backend = make(name, crop_layers=1, points_per_side=1)
    height = 12 if name == "masks/sam" else 16  # of the image in the logits
    logits = torch.full((1, 1, 16, 16), -9.0)
    logits[0, 0, height // 3 : 2 * height // 3, 5:11] = 9.0
    answer = (logits, torch.tensor([[0.9]]))
    monkeypatch.setattr(backend, "_decode", lambda *_, **__: answer)
    masks = backend.propose(color_frame(96, 128))
    centers = (masks.boxes()[:, :2] + masks.boxes()[:, 2:]) / 2
    windows = np.array(crop_windows(96, 128, layers=1))
    np.testing.assert_allclose(centers, (windows[:, :2] + windows[:, 2:]) / 2, atol=3)
    # A mask that fills a crop is cut by its edges and dropped, unless the crop is the whole image.
    answer[0][:] = 9.0
    assert backend.propose(color_frame(96, 128)).areas().tolist() == [96 * 128]


@pytest.mark.parametrize("name", SAM_NAMES)
def test_known_logits_give_known_masks(
    name: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From logits to masks: size, stability, scores, area, suppression."""
    backend = make(name, min_iou=0.5, min_stability=0.9, min_area=20, points_per_side=1)
    side = 16  # of the logits of the tiny networks
    height, width = (12, 16) if name == "masks/sam" else (16, 16)  # of the image in them
    logits = torch.full((1, 4, side, side), -9.0)
    logits[0, :2, : height // 2, : width // 2] = 9.0  # a quarter of the image, twice
    logits[0, 2, :height] = 0.5  # everything, but unstable
    logits[0, 3, height // 2, width // 2] = 9.0  # a quarter, but with a low score
    ious = torch.tensor([[0.8, 1.1, 0.9, 0.4]])
    monkeypatch.setattr(backend, "_decode", lambda *_, **__: (logits, ious))
    masks = backend.propose(color_frame(96, 128))
    assert len(masks) == 1
    assert masks.scores[0] == 1.0
    found = masks.dense()[0]
    # Exact except for pixels next to the border, which interpolation may change.
    assert found[:45, :61].all() and not found[51:].any() and not found[:, 67:].any()


@pytest.mark.parametrize("name", SAM_NAMES)
def test_image_points_in_network_coordinates(name: str, make: Make) -> None:
    # 128 x 96 in an input of 64 x 64; the network counts from the center of the first pixel.
    corners = np.array([[0, 0], [128, 96], [64, 48]], np.float32)
    height = 48.0 if name == "masks/sam" else 64.0
    np.testing.assert_allclose(
        make(name)._to_input(corners, (96, 128)) + 0.5,
        [[0.0, 0.0], [64.0, height], [32.0, height / 2]],
    )


def test_sam_pads_and_sam2_stretches(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    for name in SAM_NAMES:
        backend = make(name)
        monkeypatch.setattr(backend._model, "get_image_embeddings", seen.append)
        backend._encode(np.full((48, 64, 3), 255, np.uint8))
    white = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    for pixels, height in zip(seen, (48, 64), strict=True):
        assert pixels.shape == (1, 3, 64, 64)
        for channel, value in enumerate(white):
            np.testing.assert_allclose(pixels[0, channel, :height], value, rtol=1e-5)
        assert (pixels[0, :, height:] == 0).all()


def test_stability_is_a_ratio_of_areas() -> None:
    logits = torch.tensor([[[5.0, 5.0], [0.5, -5.0]], [[-5.0] * 2] * 2, [[3.0] * 2] * 2])
    torch.testing.assert_close(stability(logits), torch.tensor([2 / 3, 0.0, 1.0]))
