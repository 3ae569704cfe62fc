"""The `default` method: masks vote on voxels, fragments compete, evidence groups fragments."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from scenewright.core.errors import ShapeError
from scenewright.core.frame import Frame
from scenewright.core.masks import MaskSet
from scenewright.fusion.assignment import assign, winning_groups
from scenewright.fusion.associate import match, overlap_scores
from scenewright.fusion.config import VoteConfig
from scenewright.fusion.evidence import PairEvidence
from scenewright.fusion.fragments import Fragments
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.objects import NEVER, FoundObjects, Merger
from scenewright.fusion.merging.regions import RegionNumbers, measure_regions
from scenewright.fusion.merging.texture import SurfaceTexture
from scenewright.fusion.merging.wall_parting import part_walls
from scenewright.fusion.overlap import Overlap, measure_overlap
from scenewright.fusion.stable_ids import carried_objects, stable_ids
from scenewright.fusion.tracker import Changes, InstanceAssignment
from scenewright.fusion.votes import (
    NO_FRAGMENT,
    NO_GROUP,
    VoteTable,
    cast_votes,
    vote_weights,
    winners,
)
from scenewright.geometry.contraction import contract
from scenewright.geometry.surface_volume import Hits, SurfaceVolume

_MERGING_GROWTH = 0.5
"""Share by which the number of frames grows at least between two rounds of learned merging."""


class VoteTracker:
    """Maintains votes, fragments and evidence; see `docs/fusion.md`."""

    def __init__(self, config: VoteConfig) -> None:
        self.config = config
        self.votes = VoteTable()
        self.evidence = PairEvidence()
        self.texture = SurfaceTexture()
        self.fragments = Fragments()
        self._num_groups = 0
        self._next_instance = 1
        self._step = 0
        self._latest: tuple[NDArray[np.int32], FoundObjects] | None = None
        self._next_merging = config.merging_interval
        self._merger = Merger(config.merging) if config.merging else None

    def wants(self, position: int) -> bool:
        """True for every frame; see `Tracker`."""
        return True

    def update(
        self,
        frame: Frame,
        masks: MaskSet,
        hits: Hits,
        volume: SurfaceVolume,
        up: NDArray[np.float64] | None,
    ) -> Changes:
        """Adds the masks of one frame; see `Tracker`."""
        start = perf_counter()
        self._check_embeddings(masks)
        self.votes.reserve(volume.num_slots)
        self._step += 1
        self._latest = None
        changes = Changes()
        self.texture.add(frame, volume)
        self._take_votes(hits, masks)
        self._confirm(changes)
        voted = perf_counter()
        if self._step % self.config.merge_interval == 0:
            self._regroup(changes)
            if self._merger is not None and self._step >= self._next_merging:
                self._merge(volume, up)
                # A round costs as much as the surface is large, so rounds become rarer.
                self._next_merging = self._step + max(
                    self.config.merging_interval, int(_MERGING_GROWTH * self._step)
                )
            self._rename(changes)
        grouped = perf_counter()
        changes.stage_ms = {
            "associate": 1e3 * (voted - start),
            "merge": 1e3 * (grouped - voted),
        }
        return changes

    def _take_votes(self, hits: Hits, masks: MaskSet) -> None:
        config, votes, fragments = self.config, self.votes, self.fragments
        winner = winners(hits.slot, votes.fragment, votes.weight, fragments.group)
        overlap = measure_overlap(
            hits,
            winner,
            votes,
            group_of=fragments.group,
            num_groups=self._num_groups,
            num_masks=len(masks),
        )
        group = self._match(overlap)
        self.evidence.reserve(len(fragments))
        whole, torn = self.evidence.add(
            overlap.by_fragment[1:, :-1],
            fragments.won,
            coverage=config.coverage,
            least=config.min_voxels,
        )
        fragments.whole[whole] += 1
        fragments.torn[torn] += 1
        self._count_frames(overlap, group)
        # Votes there would erode the smaller object; the evidence decides whether both are one.
        is_protected = overlap.swallowed(coverage=config.coverage, least=config.min_voxels)
        target_group, target_fragment = self._targets(overlap, group)
        is_protected = np.pad(is_protected, ((0, 0), (0, self._num_groups - is_protected.shape[1])))
        vote, visible = vote_weights(hits, masks.scores, config.full_vote_pixels)
        now = cast_votes(
            hits.slot, hits.mask, vote, visible, winner, target_group, target_fragment,
            is_protected, votes.fragment, votes.weight, votes.seen, fragments.group,
        )  # fmt: skip
        self._add_embeddings(target_fragment, masks)
        if masks.affinity is not None:
            self.evidence.reserve(len(fragments))
            self.evidence.add_affinity(masks.affinity, target_fragment[1:])
        fragments.labels.add(target_fragment, masks.labels, hit_mask=hits.mask, vote=vote)
        num = len(fragments)
        fragments.won += np.bincount(now[now >= 0], minlength=num)
        fragments.won -= np.bincount(winner[winner >= 0], minlength=num)

    def _group_won(self) -> NDArray[np.int64]:
        """(G,) number of voxels that each group has won in total."""
        fragments = self.fragments
        alive = fragments.group >= 0
        won = np.bincount(
            fragments.group[alive], weights=fragments.won[alive], minlength=self._num_groups
        )
        return won.astype(np.int64)

    def _match(self, overlap: Overlap) -> NDArray[np.int32]:
        config = self.config
        common = np.maximum(overlap.by_group[1:], overlap.held[1:])
        is_allowed = (common >= config.min_match_share * overlap.size[1:, None]) | (
            2 * common >= np.maximum(self._group_won(), 2)[None, :]
        )
        is_allowed &= common >= min(config.min_voxels, 4)
        scores = overlap_scores(overlap.by_group, overlap.held, overlap.any_held)
        return match(scores, is_allowed=is_allowed, least=config.min_match_iou)

    def _targets(
        self, overlap: Overlap, group: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Per mask (row 0: none) the group to vote for, and its fragment for new voxels."""
        fragments = self.fragments
        new = np.flatnonzero((group == NO_GROUP) & (overlap.size[1:] >= self.config.min_voxels))
        target_fragment = np.full(len(group) + 1, NO_FRAGMENT, np.int32)
        is_member = (group[:, None] == fragments.group[None, :]) & (group != NO_GROUP)[:, None]
        matched = np.flatnonzero(is_member.any(axis=1))
        # The group's fragment with most voxels under the mask, or its largest if it has none there.
        rank = overlap.by_fragment[1:, :-1] * np.int64(fragments.won.sum() + 1) + fragments.won
        if len(matched):
            target_fragment[matched + 1] = np.where(is_member, rank, -1)[matched].argmax(axis=1)
        added = fragments.append(len(new), self._num_groups, self._step)
        self._num_groups += len(new)
        target_fragment[new + 1] = added
        target_group = np.full(len(group) + 1, NO_GROUP, np.int32)
        target_group[1:] = group
        target_group[new + 1] = fragments.group[added]
        voted = target_fragment[target_fragment >= 0]
        fragments.last_vote[voted] = self._step
        fragments.num_frames[added] += 1
        return target_group, target_fragment

    def _count_frames(self, overlap: Overlap, group: NDArray[np.int32]) -> None:
        fragments = self.fragments
        is_shown = overlap.by_fragment[1:, :-1] > 0
        is_shown &= (group[:, None] == fragments.group[None, :]) & (group != NO_GROUP)[:, None]
        shown = is_shown.any(axis=0)
        fragments.num_frames[shown] += 1
        fragments.last_vote[shown] = self._step

    def _check_embeddings(self, masks: MaskSet) -> None:
        known = self.fragments.embedding
        if masks.embeddings is None or known is None:
            return
        if masks.embeddings.shape[1] != known.shape[1]:
            raise ShapeError(
                "mask embeddings",
                expected=f"{known.shape[1]} numbers, as in the frames before",
                got=f"{masks.embeddings.shape[1]}",
                do="Use one encoder for the whole stream.",
            )

    def _add_embeddings(self, target_fragment: NDArray[np.int32], masks: MaskSet) -> None:
        fragments = self.fragments
        if masks.embeddings is None:
            return
        if fragments.embedding is None:
            fragments.embedding = np.zeros((len(fragments), masks.embeddings.shape[1]), np.float32)
        for mask, fragment in enumerate(target_fragment[1:]):
            if fragment >= 0:
                fragments.embedding[fragment] += masks.embeddings[mask]

    def _confirm(self, changes: Changes) -> None:
        """Assigns an id to every object that has won enough voxels."""
        fragments = self.fragments
        number = fragments.joined
        count = int(number.max(initial=-1)) + 1
        won = np.bincount(number, weights=fragments.won, minlength=count)
        has_id = np.zeros(count, bool)
        has_id[number[fragments.instance > 0]] = True
        for one in np.flatnonzero((won >= self.config.min_voxels) & ~has_id):
            fragments.instance[number == one] = self._next_instance
            changes.created.append(self._next_instance)
            self._next_instance += 1

    def _regroup(self, changes: Changes) -> None:
        """Regroups from all evidence, and drops stale fragments."""
        self._drop_stale(changes)
        fragments = self.fragments
        if not len(fragments):
            return
        self.evidence.reserve(len(fragments))
        first, second = self.evidence.pairs()
        self.evidence.adapt(first, second)
        fragments.group = self._grouped(first, second)
        self._num_groups = int(fragments.group.max()) + 1
        if self._merger is None:
            fragments.joined = fragments.group.copy()
        else:
            fragments.joined = carried_objects(fragments.joined, fragments.group, fragments.won)

    def regions(
        self,
        volume: SurfaceVolume,
        up: NDArray[np.float64] | None,
        region_of: NDArray[np.int32] | None = None,
    ) -> tuple[RegionGraph, NDArray[np.int32]]:
        """The graph of the groups of fragments, and the (S,) group of each surface slot.

        Args:
            volume: The map.
            up: (3,) unit vector against gravity, or None.
            region_of: (F,) other regions than the groups.
        """
        fragments = self.fragments
        region_of = fragments.group if region_of is None else region_of
        self.votes.reserve(volume.num_slots)
        self.texture.reserve(volume.num_slots)
        self.evidence.reserve(len(fragments))
        region = winning_groups(self.votes, region_of, volume, min_support=self.config.min_support)
        graph = measure_regions(
            volume,
            numbers=RegionNumbers(region, region_of),
            votes=self.votes,
            texture=self.texture,
            fragments=fragments,
            evidence=self.evidence,
            up=up,
        )
        return graph, region

    def _merge(self, volume: SurfaceVolume, up: NDArray[np.float64] | None) -> None:
        """Decides anew which groups are one object; the groups themselves do not change."""
        fragments = self.fragments
        if self._merger is None or not len(fragments):
            return
        config = self.config
        has_belief = bool(self.evidence.affinity_weight.any())
        graph, region = self.regions(volume, up)
        if config.part_walls and up is not None and part_walls(
            graph, region, fragments=fragments, votes=self.votes, evidence=self.evidence,
            volume=volume, up=up,
        ):  # fmt: skip
            self._num_groups = int(fragments.group.max()) + 1
            graph, _ = self.regions(volume, up)
        found = self._merger(
            graph,
            least=config.merging_least if has_belief else config.merging_least_whole,
            cost=config.merging_cost,
            knows_up=up is not None,
        )
        fragments.joined = found.object_of[fragments.group]
        self._latest = fragments.joined, found

    def _objects(
        self, volume: SurfaceVolume, up: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.int32], FoundObjects | None]:
        """(F,) object of each fragment as decided last, and what is known of the objects."""
        if self._latest is not None:
            return self._latest
        numbers = np.unique(self.fragments.joined, return_inverse=True)[1].astype(np.int32)
        if self._merger is None:
            return numbers, None
        graph, _ = self.regions(volume, up, numbers)
        return numbers, self._merger(graph, least=NEVER, knows_up=up is not None)

    def _rename(self, changes: Changes) -> None:
        """Keeps the ids of objects stable, and reports what was merged and separated."""
        fragments = self.fragments
        ids = stable_ids(
            fragments.joined, fragments.instance, fragments.won, next_id=self._next_instance
        )
        fragments.instance = ids.of_object[fragments.joined]
        self._next_instance = ids.next_id
        changes.split += ids.split
        changes.merged += ids.merged

    def _grouped(
        self, first: NDArray[np.integer], second: NDArray[np.integer]
    ) -> NDArray[np.int32]:
        """(F,) group of each fragment from all evidence, numbered 0, 1, 2 ...

        Args:
            first: One fragment of each pair that was together at least once.
            second: The other fragment of each pair.
        """
        fragments = self.fragments
        is_for = self._link_odds(first, second) > 0
        linked = np.unique(np.concatenate([first[is_for], second[is_for]]))
        odds = self._link_odds(linked[:, None], linked[None, :]).astype(np.float64)
        group = np.arange(len(fragments))
        group[linked] = linked[contract(odds, margin=self.config.merge_margin)]
        return np.unique(group, return_inverse=True)[1].astype(np.int32)

    def _link_odds(
        self, first: NDArray[np.integer], second: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Log-odds that pairs of fragments are one object, for index arrays that broadcast."""
        fragments, config = self.fragments, self.config
        odds = self.evidence.log_odds(first, second)
        if fragments.embedding is not None:
            odds += config.semantic_weight * fragments.cosine(first, second)
        is_joined = fragments.group[first] == fragments.group[second]
        odds += np.where(is_joined, np.float32(2 * config.merge_margin), np.float32(0))
        is_torn = (fragments.torn >= config.torn_frames) & (fragments.torn > fragments.whole)
        wall = fragments.wall
        is_parted = (wall[first] != wall[second]) & (wall[first] >= 0) & (wall[second] >= 0)
        odds[is_torn[first] | is_torn[second] | is_parted] = np.float32(-np.inf)
        odds[self.evidence.is_unknown(first, second)] = np.float32(0)
        return odds

    def _drop_stale(self, changes: Changes) -> None:
        fragments = self.fragments
        age = self._step - fragments.last_vote
        is_stale = (fragments.won < self.config.min_voxels) & (age > self.config.stale_frames)
        if not is_stale.any():
            return
        before = set(fragments.instance.tolist())
        kept = np.flatnonzero(~is_stale)
        new_of = np.full(len(fragments), NO_FRAGMENT, np.int32)
        new_of[kept] = np.arange(len(kept))
        self.votes.renumber(new_of)
        self.evidence.reserve(len(fragments))
        self.evidence.keep(kept)
        fragments.keep(kept)
        changes.removed.extend(sorted(before - set(fragments.instance.tolist()) - {0}))

    def finish(self, volume: SurfaceVolume, up: NDArray[np.float64] | None) -> Changes:
        """Groups once more, with the evidence since the last round; see `Tracker`."""
        changes = Changes()
        self._regroup(changes)
        self._merge(volume, up)
        self._rename(changes)
        self._confirm(changes)
        return changes

    def assignment(
        self, volume: SurfaceVolume, up: NDArray[np.float64] | None
    ) -> InstanceAssignment:
        """The instances so far; see `Tracker`."""
        fragments = self.fragments
        self.votes.reserve(volume.num_slots)
        if not len(fragments):
            return InstanceAssignment(np.zeros(volume.num_slots, np.int32), {}, {}, {})
        object_of, found = self._objects(volume, up)
        largest = np.lexsort((-fragments.won, object_of))
        first = np.unique(object_of[largest], return_index=True)[1]
        return assign(
            self.votes,
            fragments,
            object_of,
            fragments.instance[largest[first]],
            volume,
            found=found,
            min_support=self.config.min_support,
            min_points=self.config.min_points,
        )
