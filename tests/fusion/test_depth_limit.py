"""The depth limit of a stream, chosen without looking ahead."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera, Frame
from scenewright.fusion import FusionConfig, OnlineSegmenter
from scenewright.fusion.depth_limit import NUM_FRAMES, DepthLimit
from scenewright.geometry.depth_range import MAX_DEVIATION

SHAPE = (60, 80)
CAMERA = Camera.from_focal(80, 80, 40, 30, width=80, height=60)


def make_frame(index: int, *, growth: float, far: float = 6.0) -> Frame:
    """A slanted plane from 1 m to `far` with noise of inverse depth."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    share = (rows + columns) / (SHAPE[0] + SHAPE[1])
    inverse: NDArray[np.float64] = 1 / far + share * (1 - 1 / far)
    inverse = inverse + growth * np.random.default_rng(index).standard_normal(SHAPE)
    return Frame(index, CAMERA, np.eye(4), depth=(1 / inverse).astype(np.float32))


def test_noise_of_the_first_frames_sets_the_limit() -> None:
    limit = DepthLimit(voxel_size=0.025)
    assert limit.max_depth == 15.0
    found = [limit.add(make_frame(i, growth=0.004)) for i in range(NUM_FRAMES)]
    expected = np.sqrt(MAX_DEVIATION * 0.025 / 0.004)
    assert found[-1] == limit.max_depth == pytest.approx(expected, rel=0.1)
    # Later frames change nothing.
    assert limit.add(make_frame(99, growth=0.02)) == found[-1]


def test_an_exact_stream_is_limited_by_the_size_of_the_map_alone() -> None:
    limit = DepthLimit(voxel_size=0.025)
    assert [limit.add(make_frame(i, growth=0.0, far=3.0)) for i in range(3)] == [15.0] * 3


def test_a_segmenter_without_a_limit_chooses_one() -> None:
    segmenter = OnlineSegmenter()
    for index in range(4):
        segmenter.update(make_frame(index, growth=0.004))
    assert segmenter.config == FusionConfig(max_depth=segmenter.volume.max_depth)
    assert segmenter.volume.max_depth < 6.0
    assert segmenter.result().provenance[-1].config["max_depth"] == segmenter.volume.max_depth


def test_a_given_limit_is_kept() -> None:
    segmenter = OnlineSegmenter(FusionConfig(max_depth=9.0))
    segmenter.update(make_frame(0, growth=0.004))
    assert segmenter.config.max_depth == segmenter.volume.max_depth == 9.0
