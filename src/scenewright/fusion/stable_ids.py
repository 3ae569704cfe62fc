"""Ids that stay the same while instances are joined and separated again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class StableIds:
    """The ids of objects after their members have changed.

    Attributes:
        of_object: (N,) int32 id of each object, 0 = none yet.
        next_id: The next id that was never used.
        split: (id that stays, id of the object that was separated).
        merged: (id that stays, id that ends).
    """

    of_object: NDArray[np.int32]
    next_id: int
    split: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)


def stable_ids(
    object_of: NDArray[np.int32],
    old: NDArray[np.int32],
    size: NDArray[np.integer],
    *,
    next_id: int,
) -> StableIds:
    """Gives each object the id that most of its voxels had before; large objects choose first.

    Args:
        object_of: (F,) object of each fragment, numbered 0 to N - 1.
        old: (F,) id that each fragment had before, 0 = none.
        size: (F,) number of voxels of each fragment.
        next_id: The first id that was never used.
    """
    num = int(object_of.max(initial=-1)) + 1
    member, instance, votes = _sum_by(object_of, old, size)
    chosen = np.zeros(num, np.int32)
    is_simple = (np.bincount(member)[member] == 1) & (np.bincount(instance)[instance] == 1)
    chosen[member[is_simple]] = instance[is_simple]
    taken = set(chosen.tolist())
    total = np.bincount(object_of, weights=size, minlength=num)
    unsettled = np.unique(member[~is_simple])
    first = np.searchsorted(member, np.arange(num + 1))
    result = StableIds(chosen, next_id)
    for number in unsettled[np.argsort(-total[unsettled], kind="stable")]:
        rows = slice(first[number], first[number + 1])
        ids = instance[rows][np.argsort(-votes[rows], kind="stable")]
        wanted = ids[ids > 0].tolist()
        if not wanted:
            continue
        best = next((i for i in wanted if i not in taken), 0)
        if best == 0:
            best = next_id
            next_id += 1
            result.split.append((wanted[0], best))
        taken.add(best)
        chosen[number] = best
    now = chosen[object_of]
    for gone in sorted(set(old.tolist()) - taken - {0}):
        heir = now[old == gone][size[old == gone].argmax()]
        result.merged.append((int(heir), gone))
    return StableIds(chosen, next_id, result.split, result.merged)


def _sum_by(
    group: NDArray[np.int32], instance: NDArray[np.int32], values: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Each pair of group and id that occurs, by group, with the sum of its values."""
    span = int(instance.max(initial=0)) + 1
    keys, inverse = np.unique(group.astype(np.int64) * span + instance, return_inverse=True)
    return keys // span, keys % span, np.bincount(inverse, weights=values).astype(np.float64)


def carried_objects(
    joined: NDArray[np.int32], group: NDArray[np.int32], won: NDArray[np.int64]
) -> NDArray[np.int32]:
    """(F,) objects after fragments were regrouped: a group goes with its largest fragment.

    Args:
        joined: (F,) object of each fragment before.
        group: (F,) group of each fragment.
        won: (F,) number of voxels of each fragment.
    """
    order = np.lexsort((-won, group))
    first = np.unique(group[order], return_index=True)[1]
    carried: NDArray[np.integer] = np.unique(joined[order[first]], return_inverse=True)[1][group]
    return carried.astype(np.int32)
