"""Masks of every view at its size, and the objects that they show."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from scenewright.core import ConventionError, Frame, FrameList, MaskSet
from scenewright.pipelines.decompose.view_masks import (
    ViewMasks,
    object_labels,
    object_maps,
    view_masks,
)
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.splats.decomposition import Clusters
from tests.pipelines.wall_builders import DEPTH, make_wall, make_wall_frames, make_wall_views


class Halves:
    """Masks of the left (5) and right (9) half of a picture; remembers the frames."""

    def __init__(self, *, scale: int = 1, empty: bool = False) -> None:
        self.scale = scale
        self.empty = empty
        self.frames: list[Frame] = []

    def propose(self, frame: Frame) -> MaskSet | None:
        self.frames.append(frame)
        if self.empty:
            return None
        height, width = (size // self.scale for size in frame.camera.size)
        ids = np.full((height, width), 5, np.int32)
        ids[:, width // 2 :] = 9
        return MaskSet.from_id_map(ids, scores={5: 0.5, 9: 0.8}, labels={9: "wall"})


def found_by(proposer: Halves, *, width: int = 32) -> ViewMasks:
    frames = FrameList(make_wall_frames(width=width, height=width * 3 // 4))
    return view_masks(
        frames, make_wall(), make_wall_views(), MaskSettings(), near=0.1, proposer=proposer
    )


def test_backends_get_frames_at_the_size_of_views_with_drawn_depth() -> None:
    proposer = Halves()
    found = found_by(proposer, width=64)
    masks = found.masks
    assert found.depth_drawn and found.problems == () and len(masks) == 2
    for frame in proposer.frames:
        assert frame.camera.size == (24, 32) and frame.depth is not None
        assert abs(frame.depth[12, 16] - DEPTH) < 0.01
    assert masks[0].ids.tolist() == [5, 9] and masks[0].areas().tolist() == [384, 384]


def test_masks_of_another_size_are_sampled_and_keep_their_scores() -> None:
    first, _ = found_by(Halves(scale=2)).masks
    assert (first.height, first.width) == (24, 32)
    assert first.areas().tolist() == [384, 384]
    assert np.allclose(first.scores, [0.5, 0.8])
    assert first.labels == ("", "wall")


def test_views_without_masks_are_empty() -> None:
    masks = found_by(Halves(empty=True)).masks
    assert [len(shown) for shown in masks] == [0, 0]
    assert [(shown.height, shown.width) for shown in masks] == [(24, 32)] * 2


def test_arrays_are_no_masks() -> None:
    class Arrays(Halves):
        def propose(self, frame: Frame) -> MaskSet | None:
            return cast("MaskSet", np.zeros(frame.camera.size, np.int32))

    with pytest.raises(ConventionError, match=r"^masks of frame 000000: expected a MaskSet, or"):
        found_by(Arrays())


def test_objects_are_painted_where_their_masks_are() -> None:
    masks = found_by(Halves()).masks

    class Found:
        mask_view = np.array([0, 0, 1, 1])
        mask_id = np.array([5, 9, 5, 9])
        mask_object = np.array([3, 0, 3, 3])

    first, second = object_maps(masks, cast(Clusters, cast(Any, Found())))
    # A mask of no object says nothing (-1), which is not the same as showing none (0).
    assert first[0, 0] == 3 and first[0, -1] == -1
    assert np.unique(second).tolist() == [3]


def test_objects_take_the_labels_of_their_masks_by_score_and_area() -> None:
    ids = np.array([[1, 1, 1, 2]], np.int32)
    scores = {1: 0.5, 2: 1.0}
    masks = [
        MaskSet.from_id_map(ids, scores=scores, labels={1: "chair", 2: "cup"}),
        MaskSet.from_id_map(ids, scores=scores, labels={1: "stool"}),
    ]

    class Found:
        mask_view = np.array([0, 0, 1, 1])
        mask_id = np.array([1, 2, 1, 2])
        mask_object = np.array([3, 7, 3, 3])

    names = object_labels(masks, cast(Clusters, cast(Any, Found())))
    assert names == {3: {"chair": 0.375, "stool": 0.375}, 7: {"cup": 1.0}}
    Found.mask_object = np.zeros(4, np.int64)
    assert object_labels(masks, cast(Clusters, cast(Any, Found()))) == {}
