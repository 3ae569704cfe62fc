"""Texture of the surface against a slow reference, and what it tells apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet
from scenewright.fusion import OnlineSegmenter
from scenewright.fusion.merging.sums import TEXTURE, TEXTURED
from scenewright.fusion.merging.texture import UNKNOWN_TEXTURE, SurfaceTexture, add_contrasts
from scenewright.fusion.vote_tracker import VoteTracker
from tests.fusion.fusion_builders import CONFIG, TOUCHING, arc, film, run

REACH = 2.5


def slow_contrasts(
    image: NDArray[np.uint8],
    depth: NDArray[np.float32],
    slots: NDArray[np.int32],
    steps: tuple[int, int, int],
) -> dict[int, list[float]]:
    """Contrasts of each slot, pixel by pixel."""
    lightness = image.astype(np.float64).sum(axis=2) / 765
    found: dict[int, list[float]] = {}
    for v in range(steps[0], depth.shape[0], steps[1]):
        for u in range(0, depth.shape[1], steps[2]):
            if slots[v, u] < 0:
                continue
            step = int(np.clip(np.floor(REACH / depth[v, u] + 0.5), 1, 24))
            others = [(v, u + step), (v + step, u)]
            if others[0][1] >= depth.shape[1] or others[1][0] >= depth.shape[0]:
                continue
            if any(abs(depth[at] - depth[v, u]) > 0.03 * depth[v, u] for at in others):
                continue
            here = lightness[v, u]
            each = [abs(lightness[at] - here) / (lightness[at] + here + 0.2) for at in others]
            found.setdefault(int(slots[v, u]), []).append(float(np.mean(each)))
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(0, 1, 1), (1, 3, 2), (2, 4, 1)]))
def test_contrasts_against_the_slow_reference(seed: int, steps: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (14, 18, 3)).astype(np.uint8)
    depth = rng.choice([0.08, 0.9, 0.91, 2.0], (14, 18), p=[0.05, 0.5, 0.35, 0.1])
    depth = depth.astype(np.float32)
    slot_of_voxel = np.append(rng.permutation(7), -1).astype(np.int32)
    voxels = rng.integers(-1, 8, (14, 18)).astype(np.int32)
    found = np.zeros((7, 2), np.float32)
    add_contrasts(image, depth, voxels, slot_of_voxel, REACH, *steps, found)
    slots = np.where(voxels >= 0, slot_of_voxel[voxels], -1)
    expected = slow_contrasts(image, depth, slots, steps)
    assert found[:, 1].tolist() == [len(expected.get(slot, [])) for slot in range(7)]
    sums = [sum(expected.get(slot, [])) for slot in range(7)]
    np.testing.assert_allclose(found[:, 0], sums, rtol=1e-4)


def printed(frame: Frame, points: NDArray[np.float64], *, size: float) -> Frame:
    """The frame with a checkerboard of that size, meters, printed on everything."""
    assert frame.image is not None
    dark = (np.floor(points / size).sum(axis=2) % 2)[..., None]
    return replace(frame, image=(frame.image * (1 - 0.6 * dark)).astype(np.uint8))


def mean_texture(size: float | None, *, has_color: bool = True) -> float:
    """Mean texture of the surface after six frames, plain or with a print."""
    segmenter = OnlineSegmenter(CONFIG)
    for index, pose in enumerate(arc(6)):
        frame, _, points = film(TOUCHING, pose, index=index)
        frame = frame if size is None else printed(frame, points, size=size)
        segmenter.update(frame if has_color else replace(frame, image=None), run_masks(frame))
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker)
    contrast = tracker.texture.contrast(segmenter.volume.surface_slots())
    known = contrast[contrast >= 0]
    return float(known.mean()) if len(known) else UNKNOWN_TEXTURE


def run_masks(frame: Frame) -> MaskSet:
    """One mask for all that has depth."""
    assert frame.depth is not None
    return MaskSet.from_id_map((frame.depth > 0).astype(np.int32))


def test_print_is_told_from_plain_color() -> None:
    plain, fine = mean_texture(None), mean_texture(0.02)
    assert 0 <= plain < 0.02 < 0.08 < fine < 1


def test_without_color_nothing_is_known() -> None:
    assert mean_texture(None, has_color=False) == UNKNOWN_TEXTURE


def test_sums_of_regions_hold_the_texture_of_their_voxels() -> None:
    segmenter = run(TOUCHING, arc(6)).segmenter
    tracker = segmenter.tracker
    assert isinstance(tracker, VoteTracker)
    graph, region_of_slot = tracker.regions(segmenter.volume, None)
    slots = segmenter.volume.surface_slots()
    contrast, region = tracker.texture.contrast(slots), region_of_slot[slots]
    for one in range(len(graph)):
        known = contrast[(region == one) & (contrast >= 0)]
        assert graph.sums[one, TEXTURED] == len(known) > 50
        assert graph.sums[one, TEXTURE] == pytest.approx(known.sum(), rel=1e-4)


def test_the_tables_grow_and_keep_what_they_hold() -> None:
    texture = SurfaceTexture()
    texture.reserve(3)
    texture.sums[1] = 0.5, 2
    texture.reserve(100)
    assert texture.contrast(np.array([0, 1, 99])).tolist() == [-1, 0.25, -1]
