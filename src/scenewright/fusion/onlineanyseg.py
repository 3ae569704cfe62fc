"""The preset `onlineanyseg`: the published association rules on the map of this package.

Written from the description of OnlineAnySeg (Tang et al., CVPR 2025): masks are lifted to shells of
voxels, compared by containment over what keyframes could see, and joined by three rules. As
published: parameters, visibility (a voxel was seen in a keyframe if it lay inside some mask of it),
schedule, and rules A, B, C. Intentional differences: voxel ids stay correct when the map grows,
noise is not a cluster, a contested voxel goes to the smallest object (the published program
computes this and discards it), and frames without a valid pose are dropped. The learned geometric
term and its share of the threshold are omitted; so is the semantic term if masks have no
embeddings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from scenewright.core.frame import Frame
from scenewright.core.label_scores import label_shares
from scenewright.core.masks import MaskSet
from scenewright.fusion.config import OnlineAnySegConfig
from scenewright.fusion.mask_shells import Shell, frame_shells
from scenewright.fusion.tracker import Changes, InstanceAssignment
from scenewright.geometry.clusters import dbscan, largest_cluster
from scenewright.geometry.connected import connected_groups
from scenewright.geometry.surface_volume import Hits, SurfaceVolume, grown

NUM_TERMS = 3
"""Number of terms of the published similarity: overlap, semantic, geometric."""
SEMANTIC_FLOOR = 0.6
SEMANTIC_RATE = 0.1


@dataclass(eq=False)
class _Merged:
    """One merged mask: the union of raw masks.

    `voxels` holds sorted rows of the visibility table, `keyframes` a bit set of segmented frames.
    """

    instance: int
    voxels: NDArray[np.int64]
    keyframes: NDArray[np.uint64]
    weight: int
    born: int
    embedding: NDArray[np.float32] | None
    votes: Mapping[str, float]


@dataclass(eq=False)
class _Visibility:
    """The keyframes in which a voxel was inside some mask, one bit per keyframe."""

    row_of_voxel: NDArray[np.int64] = field(default_factory=lambda: np.full(0, -1, np.int64))
    address_of_row: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    bits: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 1), np.uint64))

    def rows(self, addresses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of voxels; new voxels are added."""
        needed = int(addresses.max(initial=-1)) + 1
        if needed > len(self.row_of_voxel):
            self.row_of_voxel = grown(self.row_of_voxel, int(1.5 * needed), -1)
        fresh = np.unique(addresses[self.row_of_voxel[addresses] < 0])
        first = len(self.address_of_row)
        self.row_of_voxel[fresh] = first + np.arange(len(fresh))
        self.address_of_row = np.concatenate([self.address_of_row, fresh])
        if len(self.address_of_row) > len(self.bits):
            self.bits = grown(self.bits, int(1.5 * len(self.address_of_row)), 0)
        return self.row_of_voxel[addresses]

    def mark(self, rows: NDArray[np.int64], keyframe: int) -> None:
        """Records that these voxels were inside a mask of a keyframe."""
        word = keyframe // 64
        if word >= self.bits.shape[1]:
            extra = np.zeros((len(self.bits), word + 1 - self.bits.shape[1]), np.uint64)
            self.bits = np.concatenate([self.bits, extra], axis=1)
        self.bits[rows, word] |= np.uint64(1) << np.uint64(keyframe % 64)


@njit(cache=True, nogil=True)
def _count_visible(
    rows: NDArray[np.int64], bits: NDArray[np.uint64], keyframes: NDArray[np.uint64]
) -> int:
    """The voxels of `rows` that were inside a mask of any of the keyframes."""
    count = 0
    for row in rows:
        for word in range(keyframes.shape[0]):
            if bits[row, word] & keyframes[word]:
                count += 1
                break
    return count


class OnlineAnySegTracker:
    """The published method as a `Tracker`."""

    def __init__(self, config: OnlineAnySegConfig) -> None:
        self.config = config
        self._merged: list[_Merged] = []
        self._contains = np.zeros((0, 0))
        self._visibility = _Visibility()
        self._keyframe = -1
        self._rounds = 0
        self._next_instance = 1

    def wants(self, position: int) -> bool:
        """True for every `keyframe_interval`-th frame; see `Tracker`."""
        return position % self.config.keyframe_interval == 0

    def update(self, frame: Frame, masks: MaskSet, hits: Hits, volume: SurfaceVolume) -> Changes:
        """Adds the masks of one keyframe; see `Tracker`."""
        start = perf_counter()
        changes = Changes()
        self._keyframe += 1
        shells = frame_shells(frame, masks, volume, self.config)
        lifted = perf_counter()
        self._insert(shells, changes)
        inserted = perf_counter()
        if self._keyframe > 0 and self._keyframe % self.config.merge_interval == 0:
            self._merge_round(changes)
            self._drop_stale(changes)
        changes.stage_ms = {
            "lift": 1e3 * (lifted - start),
            "associate": 1e3 * (inserted - lifted),
            "merge": 1e3 * (perf_counter() - inserted),
        }
        return changes

    def _insert(self, shells: list[Shell], changes: Changes) -> None:
        """Adds raw masks."""
        own_bit = np.zeros(self._keyframe // 64 + 1, np.uint64)
        own_bit[-1] = np.uint64(1) << np.uint64(self._keyframe % 64)
        before = len(self._merged)
        for shell in shells:
            self._visibility.mark(self._visibility.rows(shell.seen), self._keyframe)
        for shell in shells:
            if len(shell.kept) <= self.config.min_voxels:
                continue
            rows = np.sort(self._visibility.rows(shell.kept))
            vector = None if shell.embedding is None else shell.embedding.copy()
            self._merged.append(
                _Merged(self._next_instance, rows, own_bit, 1, self._keyframe, vector, shell.votes)
            )
            changes.created.append(self._next_instance)
            self._next_instance += 1
        self._grow_contains()
        fresh = np.arange(before, len(self._merged))
        self._compare(fresh, np.arange(before))

    def _grow_contains(self) -> None:
        larger = np.eye(len(self._merged))
        have = len(self._contains)
        larger[:have, :have] = self._contains
        self._contains = larger

    def _compare(self, some: NDArray[np.integer], others: NDArray[np.integer]) -> None:
        """Fills the containment of every pair of `some` and `others` that share a voxel."""
        if not len(some) or not len(others):
            return
        common = self._common(some) @ self._common(others).T
        for a, b in zip(*common.nonzero(), strict=True):
            i, j = int(some[a]), int(others[b])
            if i != j:
                self._contains[i, j] = self._containment(i, j, float(common[a, b]))
                self._contains[j, i] = self._containment(j, i, float(common[a, b]))

    def _common(self, which: NDArray[np.integer]) -> coo_matrix:
        """Sparse (len(which), voxels) membership."""
        parts = [self._merged[int(i)].voxels for i in which]
        rows = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        columns = np.concatenate(parts)
        shape = (len(parts), len(self._visibility.address_of_row))
        return coo_matrix((np.ones(len(rows), np.int32), (rows, columns)), shape=shape).tocsr()

    def _containment(self, i: int, j: int, common: float) -> float:
        """Share of the part of j visible in i's keyframes that i contains."""
        config, inner = self.config, self._merged[j]
        visible = _count_visible(inner.voxels, self._visibility.bits, self._merged[i].keyframes)
        if visible == 0:
            return 0.0
        ratio = min(1.0, common / visible)
        is_visible = (
            visible > config.visible_share * len(inner.voxels) or visible > config.visible_voxels
        )
        return ratio if is_visible and ratio > config.min_containment else 0.0

    def _merge_round(self, changes: Changes) -> None:
        merged = self._join(self._similar() | self._supported(), changes)
        for _ in range(self.config.containment_passes):
            if not self._join(self._contained(), changes):
                break
            merged = True
        self._rounds += merged

    def _similar(self) -> NDArray[np.bool_]:
        """Rule A: overlap and semantic similarity."""
        contains = self._contains
        total = (contains + contains.T) / 2
        num_terms = 1
        if self._merged and all(m.embedding is not None for m in self._merged):
            total = total + self._semantic()
            num_terms = 2
        threshold = self.config.similarity_threshold * num_terms / NUM_TERMS
        mutual = np.minimum(contains, contains.T)
        result: NDArray[np.bool_] = (total > threshold) & (mutual > self.config.mutual_overlap)
        return result

    def _semantic(self) -> NDArray[np.float64]:
        vectors = np.array([m.embedding for m in self._merged], np.float64)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        cosine = np.clip(vectors @ vectors.T, SEMANTIC_FLOOR, 1)
        rise = 1 - np.exp(-SEMANTIC_RATE * (cosine - SEMANTIC_FLOOR))
        mapped: NDArray[np.float64] = rise / (1 - np.exp(-SEMANTIC_RATE * (1 - SEMANTIC_FLOOR)))
        return mapped

    def _supported(self) -> NDArray[np.bool_]:
        """Rule B: enough other masks contain most of both."""
        contains = self._contains
        held = (contains.T > self.config.containing) & (contains > self.config.contained)
        np.fill_diagonal(held, False)
        weight = np.array([m.weight for m in self._merged], np.float64)
        result: NDArray[np.bool_] = (held * weight) @ held.T >= self.config.supporters
        return result

    def _min_weight(self) -> int:
        return min(self._rounds + 2, self.config.max_weight)

    def _contained(self) -> NDArray[np.bool_]:
        """Rule C: each mask joins its best container, if that contains most of its visible part."""
        count = len(self._merged)
        links = np.zeros((count, count), bool)
        valid = np.flatnonzero([m.weight >= self._min_weight() for m in self._merged])
        if len(valid) < 2:
            return links
        part = self._contains[np.ix_(valid, valid)].copy()
        np.fill_diagonal(part, 0)
        best = part.argmax(axis=0)
        joins = part[best, np.arange(len(valid))] > self.config.containment_merge
        links[valid[best[joins]], valid[joins]] = True
        return links

    def _join(self, links: NDArray[np.bool_], changes: Changes) -> bool:
        """Merges each connected component into one mask; False if there were no links."""
        component = connected_groups(*np.nonzero(links), count=len(links))
        count = int(component.max(initial=-1)) + 1
        if count == len(self._merged):
            return False
        joined, changed, kept = [], [], []
        for number in range(count):
            members = [self._merged[i] for i in np.flatnonzero(component == number)]
            kept.append(int(np.flatnonzero(component == number)[0]))
            if len(members) > 1:
                changed.append(number)
                changes.merged += [(members[0].instance, m.instance) for m in members[1:]]
            joined.append(members[0] if len(members) == 1 else _union(members))
        self._merged = joined
        self._contains = self._contains[np.ix_(kept, kept)].copy()
        self._contains[changed, :] = 0
        self._contains[:, changed] = 0
        np.fill_diagonal(self._contains, 1)
        self._compare(np.array(changed), np.arange(count))
        return True

    def _drop_stale(self, changes: Changes) -> None:
        keep = [
            i
            for i, m in enumerate(self._merged)
            if m.weight > 1 or self._keyframe - m.born < self.config.stale_keyframes
        ]
        gone = set(range(len(self._merged))) - set(keep)
        changes.removed += [self._merged[i].instance for i in sorted(gone)]
        self._merged = [self._merged[i] for i in keep]
        self._contains = self._contains[np.ix_(keep, keep)]

    def finish(self) -> Changes:
        """Does nothing: the published schedule has no final merge round. See `Tracker`."""
        return Changes()

    def assignment(self, volume: SurfaceVolume) -> InstanceAssignment:
        """The objects with enough raw masks, all with score 1 as published; see `Tracker`."""
        config = self.config
        result = InstanceAssignment(np.zeros(volume.num_slots, np.int32), {}, {}, {})
        slot_of_voxel = volume.slot_of_voxel.reshape(-1)
        large = [m for m in self._merged if m.weight >= self._min_weight()]
        for merged in sorted(large, key=lambda m: -len(m.voxels)):
            slots = slot_of_voxel[self._visibility.address_of_row[merged.voxels]]
            slots = slots[slots >= 0]
            if len(slots) >= config.min_points:
                result.instance_id[slots] = merged.instance
        for merged in large:
            members = np.flatnonzero(result.instance_id == merged.instance)
            points = volume.voxel_coordinates(volume.address_of_slot[members]) * volume.voxel_size
            main = largest_cluster(dbscan(points, radius=config.cluster_radius, min_points=1))
            result.instance_id[members[~main]] = 0
            if main.sum() <= config.min_object_points:
                result.instance_id[members] = 0
                continue
            result.score[merged.instance] = 1.0
            result.label_scores[merged.instance] = label_shares(merged.votes)
            result.num_frames[merged.instance] = int(np.bitwise_count(merged.keyframes).sum())
            if merged.embedding is not None:
                norm = max(float(np.linalg.norm(merged.embedding)), 1e-9)
                result.embedding[merged.instance] = merged.embedding / np.float32(norm)
        return result


def _union(members: list[_Merged]) -> _Merged:
    words = max(len(m.keyframes) for m in members)
    keyframes = np.zeros(words, np.uint64)
    for m in members:
        keyframes[: len(m.keyframes)] |= m.keyframes
    vectors = [m.embedding for m in members if m.embedding is not None]
    votes: Counter[str] = Counter()
    for m in members:
        votes.update(m.votes)
    return _Merged(
        members[0].instance,
        np.unique(np.concatenate([m.voxels for m in members])),
        keyframes,
        sum(m.weight for m in members),
        min(m.born for m in members),
        np.sum(vectors, axis=0) if len(vectors) == len(members) else None,
        votes,
    )
