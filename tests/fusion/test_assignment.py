"""From votes and objects to the instance of each voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.fusion.assignment import assign, confidence, winning_groups
from scenewright.fusion.fragments import Fragments
from scenewright.fusion.merging.objects import FoundObjects
from scenewright.fusion.tracker import InstanceAssignment
from scenewright.fusion.votes import VoteTable
from scenewright.geometry.surface_volume import SurfaceVolume
from tests.fusion.fusion_builders import TOUCHING, arc, run

CUTS = (-0.3, 0.3)


@pytest.fixture(scope="module")
def volume() -> SurfaceVolume:
    """The map of two blocks on a floor."""
    return run(TOUCHING, arc(3)).segmenter.volume


@pytest.fixture
def strip(volume: SurfaceVolume) -> NDArray[np.int64]:
    """The strip of the floor, 0 to 2 along x, of each slot."""
    x = (volume.voxel_coordinates(volume.address_of_slot)[:, 0] + 0.5) * volume.voxel_size
    return np.searchsorted(CUTS, x)


def votes_on(strip: NDArray[np.int64], *, weight: float = 3.0, seen: float = 4.0) -> VoteTable:
    """Each strip has votes of the fragment of its number."""
    votes = VoteTable()
    votes.reserve(len(strip))
    votes.fragment[: len(strip), 0] = strip
    votes.weight[: len(strip), 0] = weight
    votes.seen[: len(strip)] = seen
    return votes


def make_fragments(num_frames: list[int]) -> Fragments:
    fragments = Fragments()
    fragments.append(len(num_frames), 0, 0)
    fragments.num_frames[:] = num_frames
    return fragments


def assigned(volume: SurfaceVolume, votes: VoteTable, **changes: Any) -> InstanceAssignment:
    values: dict[str, Any] = {
        "fragments": make_fragments([2, 5, 9]),
        "object_of": np.array([0, 1, 0], np.int32),
        "id_of": np.array([7, 4], np.int32),
        "found": None,
        "min_support": 0.2,
        "min_points": 30,
    }
    values.update(changes)
    return assign(votes, volume=volume, **values)


def test_voxels_go_to_the_group_of_their_winner(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    group = winning_groups(votes_on(strip), np.array([0, 1, 0], np.int32), volume, min_support=0.2)
    np.testing.assert_array_equal(group, np.where(strip == 1, 1, 0))


def test_voxels_with_low_support_have_no_group(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    votes = votes_on(strip)
    votes.seen[: len(strip)][strip == 2] = 20
    group = winning_groups(votes, np.arange(3, dtype=np.int32), volume, min_support=0.2)
    assert (group[strip == 2] == -1).mean() > 0.95 and (group[strip == 0] == 0).all()


def test_a_lone_voxel_takes_the_instance_around_it(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    votes = votes_on(strip)
    middle = volume.surface_slots()[strip[volume.surface_slots()] == 0]
    coords = volume.voxel_coordinates(volume.address_of_slot[middle])
    lone = middle[np.abs(coords).sum(axis=1).argsort()][len(middle) // 2]
    votes.fragment[lone, 0] = 1
    object_of = np.array([0, 1, 0], np.int32)
    group = winning_groups(votes, object_of, volume, min_support=0.2)
    assert group[lone] == 1
    assert assigned(volume, votes).instance_id[lone] == 7


def test_objects_have_the_votes_of_their_fragments(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    result = assigned(volume, votes_on(strip))
    np.testing.assert_array_equal(result.instance_id, np.where(strip == 1, 4, 7))
    assert result.num_frames == {7: 9, 4: 5}
    assert result.score[7] == pytest.approx(confidence(3, 3, 4, 9), rel=1e-5)
    assert result.label_scores == {7: {}, 4: {}} and not result.embedding and not result.role


def test_scores_and_roles_of_objects_that_were_judged(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    found = FoundObjects(np.zeros(0, np.int32), np.array([0.9, 0.25]), ("floor", "object"))
    result = assigned(volume, votes_on(strip), found=found)
    assert result.score == {7: 0.9, 4: 0.25}
    assert result.role == {7: "floor", 4: "object"}


def test_objects_without_id_or_with_few_voxels_are_left_out(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    nameless = assigned(volume, votes_on(strip), id_of=np.array([0, 4], np.int32))
    np.testing.assert_array_equal(nameless.instance_id, np.where(strip == 1, 4, 0))
    on_surface = strip[volume.surface_slots()]
    small, large = sorted([int((on_surface == 1).sum()), int((on_surface != 1).sum())])
    assert small < large
    assert len(assigned(volume, votes_on(strip), min_points=small).score) == 2
    assert len(assigned(volume, votes_on(strip), min_points=small + 1).score) == 1
    assert not assigned(volume, votes_on(strip), min_points=large + 1).instance_id.any()


def test_embeddings_are_those_of_all_fragments(
    volume: SurfaceVolume, strip: NDArray[np.int64]
) -> None:
    fragments = make_fragments([1, 1, 1])
    fragments.embedding = np.array([[3, 0], [0, 2], [0, 4]], np.float32)
    result = assigned(volume, votes_on(strip), fragments=fragments)
    np.testing.assert_allclose(result.embedding[7], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(result.embedding[4], [0, 1], rtol=1e-6)


def test_confidence_by_hand() -> None:
    assert confidence(8, 10, 8, 0) == pytest.approx(0.8 * 0.5)
    assert confidence(8, 8, 16, 2) == pytest.approx(0.5 * 0.75)
    assert confidence(8, 8, 4, 1000) == 1
    assert confidence(0, 0, 0, 5) == 0
    values = [confidence(8, 10, 12, frames) for frames in range(9)]
    assert values == sorted(values) and values[-1] < 8 / 10 * 8 / 12
