"""Masks from depth: count and IoU on exact and noisy table tops, and on shared captures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import CaptureError, ConventionError, Frame, MaskSet, UnknownNameError
from scenewright.metrics import measure_id_maps, scored_pixels
from scenewright.models import create
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig
from scenewright.models.classical.depth_edges import DepthEdgeMasks
from tests.models.models_builders import make_frame
from tests.models.table_builders import BLOCKS, Block, roughen, table_top


def best_ious(masks: MaskSet, truth: NDArray[np.int32]) -> NDArray[np.float64]:
    present = [int(i) for i in np.unique(truth) if i > 0]
    found = masks.to_id_map()
    result = []
    for number in present:
        inside = truth == number
        shared = np.bincount(found[inside], minlength=len(masks) + 1)[1:]
        union = masks.areas() + inside.sum() - shared
        result.append((shared / union).max(initial=0.0))
    return np.array(result)


def test_exact_blocks() -> None:
    frame, truth = table_top()
    masks = DepthEdgeMasks().propose(frame)
    assert len(masks) == 1 + len(BLOCKS)
    assert best_ious(masks, truth).min() > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_noisy_blocks(seed: int) -> None:
    frame, truth = table_top()
    rough = roughen(frame, seed=seed)
    masks = DepthEdgeMasks().propose(rough)
    assert rough.depth is not None
    seen = np.where(rough.depth > 0, truth, 0).astype(np.int32)
    assert len(masks) == 1 + len(BLOCKS)
    assert best_ious(masks, seen).min() > 0.85


@pytest.mark.parametrize("width", [320, 1280])
def test_other_image_sizes(width: int) -> None:
    frame, truth = table_top(width=width, height=width * 3 // 4)
    masks = DepthEdgeMasks().propose(frame)
    assert len(masks) == 1 + len(BLOCKS)
    assert best_ious(masks, truth).min() > 0.9


def test_sizes_that_the_grid_does_not_divide() -> None:
    frame, truth = table_top(width=645, height=487)
    masks = DepthEdgeMasks().propose(frame)
    assert (masks.height, masks.width) == (487, 645)
    assert best_ious(masks, truth).min() > 0.9


def test_depth_alone_is_enough() -> None:
    frame, truth = table_top()
    masks = DepthEdgeMasks().propose(replace(frame, image=None))
    assert best_ious(masks, truth).min() > 0.95


def test_stacked_blocks_of_one_color_split_at_the_dent() -> None:
    # The upper block stands back from the front of the lower one, so that a dent shows.
    frame, truth = table_top((Block(0, 1.0, (0.3, 0.3, 0.1)), Block(0, 1.05, (0.15, 0.15, 0.25))))
    masks = DepthEdgeMasks().propose(replace(frame, image=None))
    assert best_ious(masks, truth).min() > 0.9


def test_color_splits_a_large_plane_but_not_print_on_a_box() -> None:
    frame, truth = table_top((Block(0, 0.95, (0.3, 0.1, 0.25)),))
    assert frame.image is not None
    image = frame.image.copy()
    rug = np.zeros(truth.shape, np.bool_)
    rug[380:460, 60:200] = True
    rug &= truth == 1
    label = np.zeros(truth.shape, np.bool_)
    label[230:280, 290:350] = True
    label &= truth == 2
    assert rug.sum() > 2000 and label.sum() > 2000
    image[rug] = (60, 120, 60)
    image[label] = (240, 240, 90)
    truth = np.where(rug, 3, truth).astype(np.int32)
    masks = create("masks/depth-edges", plane_area=0.3).propose(replace(frame, image=image))
    assert best_ious(masks, truth).min() > 0.85


def test_masks_do_not_overlap_and_lie_where_depth_is() -> None:
    frame, _ = table_top()
    rough = roughen(frame, seed=5)
    masks = DepthEdgeMasks().propose(rough)
    assert rough.depth is not None
    assert masks.dense().sum(axis=0).max() == 1
    assert not (masks.to_id_map() > 0)[rough.depth == 0].any()
    assert masks.areas().min() >= DepthEdgeConfig().min_area
    assert masks.ids.tolist() == list(range(1, len(masks) + 1))


def test_scores_of_clear_outlines_are_high() -> None:
    frame, _ = table_top()
    masks = DepthEdgeMasks().propose(frame)
    assert ((masks.scores > 0.5) & (masks.scores <= 1)).all()


def test_same_frame_same_masks() -> None:
    frame, _ = table_top()
    rough = roughen(frame, seed=1)
    first, second = DepthEdgeMasks().propose(rough), DepthEdgeMasks().propose(rough)
    np.testing.assert_array_equal(first.to_id_map(), second.to_id_map())
    np.testing.assert_array_equal(first.scores, second.scores)


def empty_frames() -> list[Frame]:
    frame, _ = table_top()
    nothing = np.zeros(frame.camera.size, np.float32)
    speckle = nothing.copy()
    speckle[::40, ::40] = 1.0
    return [
        replace(frame, depth=nothing),
        replace(frame, depth=speckle),
        make_frame(depth=np.ones((6, 8), np.float32)),
        make_frame(width=1, height=1, depth=np.ones((1, 1), np.float32)),
    ]


@pytest.mark.parametrize("case", range(4))
def test_nothing_to_see_is_an_empty_set(case: int) -> None:
    frame = empty_frames()[case]
    masks = DepthEdgeMasks().propose(frame)
    assert len(masks) == 0
    assert (masks.height, masks.width) == frame.camera.size


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_extreme_depth_does_not_break(scale: float) -> None:
    frame, _ = table_top()
    assert frame.depth is not None
    masks = DepthEdgeMasks().propose(replace(frame, depth=frame.depth * np.float32(scale)))
    assert np.isfinite(masks.scores).all()


def test_random_depth_does_not_break() -> None:
    frame, _ = table_top()
    depth = np.random.default_rng(0).uniform(0, 5, frame.camera.size).astype(np.float32)
    masks = DepthEdgeMasks().propose(replace(frame, depth=depth))
    assert masks.areas().sum() <= depth.size
    assert np.isfinite(masks.scores).all()


def test_frame_without_depth() -> None:
    with pytest.raises(CaptureError) as caught:
        DepthEdgeMasks().propose(make_frame("000012"))
    assert str(caught.value) == (
        "Frame '000012' for masks/depth-edges: expected depth, got none. "
        "Use a capture with depth, or masks/folder with masks made from the images."
    )


def test_options() -> None:
    backend = create("masks/depth-edges", min_area=10**6)
    frame, _ = table_top()
    assert len(backend.propose(frame)) == 0
    with pytest.raises(UnknownNameError, match=r"Did you mean 'min_area'\?"):
        create("masks/depth-edges", min_aera=3)
    with pytest.raises(ConventionError, match=r"DepthEdgeConfig\.step: expected a number above 0"):
        create("masks/depth-edges", step=0.0)


@pytest.mark.shared
def test_shared_table_tops(shared_dir: Path) -> None:
    from scenewright.core import Camera

    folder = shared_dir / "data" / "mosd"
    camera = Camera.from_focal(525, 525, 320, 240, width=640, height=480)
    backend = DepthEdgeMasks()
    scores: list[float] = []
    for path in sorted(folder.glob("*.depth.png")):
        name = path.name.removesuffix(".depth.png")
        depth = np.asarray(Image.open(path)).astype(np.float32) / np.float32(1000)
        image = np.asarray(Image.open(folder / f"{name}.color.png").convert("RGB"))
        truth = np.asarray(Image.open(folder / f"{name}.instance.png")).astype(np.int32)
        masks = backend.propose(Frame(0, camera, None, image=image, depth=depth, name=name))
        quality = measure_id_maps(truth, masks.to_id_map(), scored=scored_pixels(truth, depth))
        scores += quality.best_ious[quality.truth_ids >= 2].tolist()
    assert len(scores) == 134
    assert np.mean(scores) > 0.88
