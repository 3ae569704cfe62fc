"""The depth range of a capture: which frames are looked at, and what is said about it."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, Frame, FrameList
from scenewright.fusion import FusionConfig
from scenewright.geometry.depth_noise import DepthNoise
from scenewright.geometry.depth_range import DepthRange
from scenewright.pipelines.sources.depth_range import (
    NUM_SAMPLES,
    depth_range_problem,
    describe_depth_range,
    far_options,
    find_depth_range,
    with_depth_range,
)

CAMERA = Camera.from_focal(80, 80, 40, 30, width=80, height=60)
VOXEL = 0.025


def make_frame(index: int, depth: float = 2.0) -> Frame:
    return Frame(index, CAMERA, np.eye(4), depth=np.full((60, 80), depth, np.float32))


def test_frames_of_the_whole_capture_are_looked_at() -> None:
    seen: list[int] = []

    class Watched(FrameList):
        def __getitem__(self, index: int, /) -> Frame:
            seen.append(index)
            return super().__getitem__(index)

    frames = [make_frame(i, depth=2.0 if i < 99 else 7.0) for i in range(100)]
    found = find_depth_range(Watched(frames), voxel_size=VOXEL)
    assert found is not None and found.max_depth > 7.0
    assert len(seen) == NUM_SAMPLES and (seen[0], seen[-1]) == (0, 99)
    seen.clear()
    assert find_depth_range(Watched(frames[:1]), voxel_size=VOXEL) is not None
    assert seen == [0]


def test_frames_that_cannot_be_used_tell_nothing() -> None:
    lost = Frame(0, CAMERA, None, depth=np.ones((60, 80), np.float32))
    bare = Frame(1, CAMERA, np.eye(4))
    empty = make_frame(2, depth=0.0)
    assert find_depth_range(FrameList([lost, bare, empty]), voxel_size=VOXEL) is None


def test_a_given_limit_is_obeyed_and_an_open_one_chosen() -> None:
    frames = FrameList([make_frame(0)])
    given = FusionConfig(max_depth=9.0)
    assert with_depth_range(given, frames) == (given, None)
    config, found = with_depth_range(FusionConfig(), frames)
    assert found is not None and config == FusionConfig(max_depth=found.max_depth)
    assert with_depth_range(FusionConfig(), FrameList([])) == (FusionConfig(), None)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (DepthRange(6.3, "all", VOXEL), "depth: readings up to 6.3 m are used"),
        (
            DepthRange(5.7, "noise", VOXEL, 0.2, noise=DepthNoise(0, 0.003)),
            "depth: readings up to 5.7 m are used; 20 % are beyond: their expected noise is above "
            "10 cm, 4 voxels of 2.5 cm",
        ),
        (
            DepthRange(15.0, "size", VOXEL, 0.004, clip=65.5),
            "depth: readings up to 15 m are used; less than 1 % are beyond: the map would be too "
            "large with voxels of 2.5 cm; readings of exactly 65.5 m count as no reading",
        ),
    ],
)
def test_one_line_says_what_is_cut_and_why(found: DepthRange, line: str) -> None:
    assert describe_depth_range(found) == line


def test_a_large_cut_is_a_problem() -> None:
    assert depth_range_problem(DepthRange(4.5, "noise", VOXEL, 0.1)) is None
    noisy = depth_range_problem(DepthRange(4.5, "noise", VOXEL, 0.2))
    assert str(noisy) == (
        "warning [noisy-depth] Depth readings beyond 4.5 m are too noisy to be used, since their "
        "expected noise is above 10 cm, 4 voxels of 2.5 cm: expected at most 10 % of the "
        "readings, got 20 %. Move closer, or add --voxel-size 0.05 (voxel_size=0.05) for a coarser "
        "scene that reaches farther, or --max-depth 6.8 to use them anyway."
    )
    large = depth_range_problem(DepthRange(15.0, "size", VOXEL, 0.2))
    assert large is not None and large.code == "max-depth" and "--max-depth 30" in large.do
    asked = depth_range_problem(DepthRange(2.5, "asked", VOXEL, 0.2))
    assert asked is not None and asked.what == "Depth readings beyond 2.5 m are not used"


@pytest.mark.parametrize(
    ("extent", "options"),
    [
        (0.0, "--max-depth 3 (max_depth=3)"),  # Unknown.
        (3.0, "--max-depth 4 (max_depth=4)"),
        (12.0, "--max-depth 13 --voxel-size 0.05 (max_depth=13, voxel_size=0.05)"),
        (28.0, "--max-depth 30 --voxel-size 0.1 (max_depth=30, voxel_size=0.1)"),
        (55.0, "--max-depth 60 --voxel-size 0.2 (max_depth=60, voxel_size=0.2)"),
        (110.0, "--max-depth 120 --voxel-size 0.4 (max_depth=120, voxel_size=0.4)"),
    ],
)
def test_options_for_far_readings(extent: float, options: str) -> None:
    found = DepthRange(1.0, "asked", VOXEL, 0.9, extent=extent)
    assert far_options(found) == f"Add {options} to use nearly all of them."
    problem = depth_range_problem(found)
    assert problem is not None and (problem.do == far_options(found)) == (extent > 0)
