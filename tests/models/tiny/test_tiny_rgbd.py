"""The backend masks/tiny-rgbd."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from scenewright.core import Camera, CaptureError, Frame, WeightsError
from scenewright.models.tiny.design import NetworkDesign
from scenewright.models.tiny.tiny_rgbd import TinyRgbdMasks
from tests.models.tiny.tiny_builders import CAMERA, box_frame, random_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_file(random_weights(NetworkDesign()), path)
    return f"file:{path}"


def test_bad_frames(weights: str) -> None:
    backend = TinyRgbdMasks(weights)
    with pytest.raises(CaptureError) as caught:
        backend.propose(Frame(0, CAMERA, None, image=np.zeros((240, 320, 3), np.uint8), name="7"))
    assert str(caught.value) == (
        "Frame '7' for masks/tiny-rgbd: expected depth, got none. Use a capture with depth, or "
        "masks/folder with masks made from the images."
    )
    empty = Frame(0, CAMERA, None, depth=np.zeros((240, 320), np.float32))
    assert len(backend.propose(empty)) == 0
    small = Camera.from_focal(30, 30, 20, 15, width=40, height=30)
    tiny = Frame(0, small, None, depth=np.ones((30, 40), np.float32))
    masks = backend.propose(tiny)
    assert (masks.height, masks.width, len(masks)) == (30, 40, 0)


def test_shipped_weights_are_those_of_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(random_weights(NetworkDesign()), tmp_path / "masks-tiny-rgbd.safetensors")
    monkeypatch.setattr("scenewright.models.weights.builtin_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match="are not the expected ones: expected sha256 284640d7"):
        TinyRgbdMasks()


def test_shipped_weights_separate_a_box_from_the_wall() -> None:
    frame = box_frame()
    masks = TinyRgbdMasks().propose(frame)
    assert frame.depth is not None
    box, wall = frame.depth < 1.8, frame.depth > 1.8
    dense = masks.dense()

    def best(truth: NDArray[np.bool_]) -> float:
        return max(float((mask & truth).sum() / (mask | truth).sum()) for mask in dense)

    assert best(box) > 0.9 and best(wall) > 0.9
    assert (masks.scores > 0).all() and (masks.scores <= 1).all()


@pytest.mark.parametrize("change", [lambda f: f, lambda f: box_frame(2.0)])
def test_same_frame_same_masks(change: Callable[[Frame], Frame], weights: str) -> None:
    backend = TinyRgbdMasks(weights)
    frame = change(box_frame())
    first, again = backend.propose(frame), backend.propose(frame)
    np.testing.assert_array_equal(first.to_id_map(), again.to_id_map())
