"""The table of fragments, the smallest units that hold votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.label_votes import LabelVotes


class Fragments:
    """One row per fragment.

    Attributes:
        group: (F,) int32 index of its group; changes with every round of grouping.
        joined: (F,) int32 number of its object: groups that were joined.
        instance: (F,) int32 instance id of its object, 0 = none yet.
        won: (F,) number of surface voxels that it has won.
        last_vote: (F,) last segmented frame in which it got votes.
        num_frames: (F,) number of frames in which a mask supported it.
        whole: (F,) number of frames in which one mask covered its visible part.
        torn: (F,) number of frames in which masks split its visible part.
        wall: (F,) number of the wall of the room that it was parted to, -1 = none; fragments of
            different walls are never one group.
        embedding: (F, D) sum of the vectors of its masks, or None if masks have none.
        labels: Votes of its masks for their labels.
    """

    def __init__(self) -> None:
        self.group = np.zeros(0, np.int32)
        self.joined = np.zeros(0, np.int32)
        self.instance = np.zeros(0, np.int32)
        self.won = np.zeros(0, np.int64)
        self.last_vote = np.zeros(0, np.int64)
        self.num_frames = np.zeros(0, np.int64)
        self.whole = np.zeros(0, np.int64)
        self.torn = np.zeros(0, np.int64)
        self.wall = np.full(0, -1, np.int64)
        self.embedding: NDArray[np.float32] | None = None
        self.labels = LabelVotes()

    def __len__(self) -> int:
        return len(self.group)

    def append(self, count: int, num_groups: int, step: int) -> NDArray[np.int32]:
        """Adds fragments, each in a new group; returns their indices."""
        first = len(self)
        self.group = np.append(self.group, np.arange(num_groups, num_groups + count)).astype(
            np.int32
        )
        free = int(self.joined.max(initial=-1)) + 1
        self.joined = np.append(self.joined, np.arange(free, free + count)).astype(np.int32)
        self.instance = np.append(self.instance, np.zeros(count, np.int32))
        self.last_vote = np.append(self.last_vote, np.full(count, step))
        self.wall = np.append(self.wall, np.full(count, -1))
        for name in ("won", "num_frames", "whole", "torn"):
            column = getattr(self, name)
            setattr(self, name, np.append(column, np.zeros(count, column.dtype)))
        if self.embedding is not None:
            empty = np.zeros((count, self.embedding.shape[1]), np.float32)
            self.embedding = np.concatenate([self.embedding, empty])
        self.labels.append(count)
        return np.arange(first, first + count, dtype=np.int32)

    def cosine(
        self, first: NDArray[np.integer], second: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Cosine of the embeddings of pairs of fragments, which must have some.

        Args:
            first: Fragments, any shape.
            second: Fragments, of a shape that broadcasts with the first.
        """
        assert self.embedding is not None
        norm = np.maximum(np.linalg.norm(self.embedding, axis=1, keepdims=True), 1e-6)
        unit = self.embedding / norm
        cosine: NDArray[np.float32] = np.einsum("...d,...d->...", unit[first], unit[second])
        return cosine

    def copy(self, fragment: int) -> int:
        """Appends a copy of a fragment as a group and an object of its own; returns its index."""
        new = int(self.append(1, int(self.group.max()) + 1, 0)[0])
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray) and name not in ("group", "joined"):
                column[new] = column[fragment]
        self.labels.copy(fragment, new)
        return new

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all rows except `kept`."""
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                setattr(self, name, column[kept])
        self.labels.keep(kept)
