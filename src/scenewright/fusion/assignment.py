"""From votes and objects to the instance of each voxel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.fragments import Fragments
from scenewright.fusion.merging.objects import FoundObjects
from scenewright.fusion.tracker import InstanceAssignment
from scenewright.fusion.votes import NO_GROUP, VoteTable, group_votes
from scenewright.geometry.surface_volume import SurfaceVolume


def winning_groups(
    votes: VoteTable, group_of: NDArray[np.int32], volume: SurfaceVolume, *, min_support: float
) -> NDArray[np.int32]:
    """The group that each voxel belongs to.

    Args:
        votes: Votes of the masks.
        group_of: (F,) group of each fragment.
        volume: The map, with S surface slots.
        min_support: Share of a voxel's visible weight that its winner needs.

    Returns:
        (S,) int32, `NO_GROUP` where support is low.
    """
    winner = votes.labels(group_of, volume.num_slots)
    group = np.where(winner >= 0, group_of[winner], NO_GROUP).astype(np.int32)
    votes_for, _ = group_votes(votes.fragment, votes.weight, group_of, group)
    support = votes_for / np.maximum(votes.seen[: volume.num_slots], 1e-6)
    group[support < min_support] = NO_GROUP
    return group


def assign(
    votes: VoteTable,
    fragments: Fragments,
    object_of: NDArray[np.int32],
    id_of: NDArray[np.int32],
    volume: SurfaceVolume,
    *,
    found: FoundObjects | None,
    min_support: float,
    min_points: int,
) -> InstanceAssignment:
    """The instance of each voxel.

    Args:
        votes: Votes of the masks.
        fragments: The fragments.
        object_of: (F,) object of each fragment, numbered from 0 on.
        id_of: (N,) id of each object, 0 = none yet.
        volume: The map, with S surface slots.
        found: Scores and roles of the objects; None if they were not joined, then the score is how
            well the votes agree.
        min_support: See `winning_groups`.
        min_points: Smallest number of surface voxels of an instance.
    """
    result = InstanceAssignment(np.zeros(volume.num_slots, np.int32), {}, {}, {})
    group = winning_groups(votes, object_of, volume, min_support=min_support)
    group = volume.despeckled(group + 1) - 1
    on_surface = np.zeros(volume.num_slots, bool)
    on_surface[volume.surface_slots()] = True
    counts = np.bincount(group[on_surface & (group >= 0)], minlength=len(id_of))
    votes_for, all_votes = group_votes(votes.fragment, votes.weight, object_of, group)
    seen = votes.seen[: volume.num_slots]
    for number in np.argsort(-counts, kind="stable"):
        if counts[number] < min_points:
            break
        instance = int(id_of[number])
        if instance == 0:
            continue
        members = np.flatnonzero(object_of == number)
        inside = group == number
        result.instance_id[inside] = instance
        # A lower bound: fragments count their frames, but do not remember which ones.
        result.num_frames[instance] = int(fragments.num_frames[members].max())
        result.label_scores[instance] = fragments.labels.shares(members)
        if found is None:
            result.score[instance] = confidence(
                float(votes_for[inside].sum()),
                float(all_votes[inside].sum()),
                float(seen[inside].sum()),
                result.num_frames[instance],
            )
        else:
            result.score[instance] = float(found.score[number])
            result.role[instance] = found.role[number]
        if fragments.embedding is not None:
            vector = fragments.embedding[members].sum(axis=0)
            result.embedding[instance] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return result


def confidence(votes_for: float, all_votes: float, visible: float, num_frames: int) -> float:
    """Agreement of the votes, times their share of the visible weight, times experience.

    Args:
        votes_for: Votes for the instance on its voxels.
        all_votes: All votes on its voxels.
        visible: Votes that were possible on its voxels.
        num_frames: Number of supporting frames; the first few count most.
    """
    agreement = votes_for / max(all_votes, 1e-6)
    covered = min(1.0, votes_for / max(visible, 1e-6))
    experience = 1 - 2 ** -(1 + num_frames / 2)
    return float(min(1.0, agreement * covered * experience))
