"""Training configuration of learned merging; importing it imports neither numpy nor LightGBM."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MergingTrainingConfig:
    """Training configuration; the defaults are those of the trees in the wheel."""

    first_seed: int = 3_000_000
    """Random seed of the first room; each room has one. Seeds below 100 are kept for benchmarks,
    and the network of masks/tiny-rgbd was trained on seeds from 1,000,000 on."""
    num_rooms: int = 250
    """Number of rooms that are filmed."""
    held_out: int = 20
    """Number of rooms, the last ones, on which the trees are measured instead of fitted."""
    num_workers: int = 1
    """Number of parallel processes that film and fuse rooms."""
    pair_trees: int = 400
    """Number of trees that judge pairs of regions."""
    whole_trees: int = 200
    """Number of trees that judge objects."""
    learning_rate: float = 0.05
    """Share of each new tree (Friedman, 2001)."""
    leaves: int = 48
    """Number of leaves of each tree that judges pairs; those for objects have half as many."""
    rounds: int = 2
    """Number of times that the pairs met while merging with the trees so far are added."""
    seed: int = 0
    """Random seed of the fit."""
    num_threads: int = 2
    """Number of CPU threads of the fit."""

    def __post_init__(self) -> None:
        from scenewright.core import ConventionError  # imports numpy, which help texts do not need

        for name in ("num_rooms", "held_out", "num_workers", "pair_trees", "whole_trees", "leaves"):
            if getattr(self, name) < 1:
                raise ConventionError(
                    f"MergingTrainingConfig.{name}",
                    expected="1 or more",
                    got=str(getattr(self, name)),
                )
        if self.held_out >= self.num_rooms:
            raise ConventionError(
                "MergingTrainingConfig.held_out",
                expected=f"fewer than num_rooms, {self.num_rooms}",
                got=str(self.held_out),
            )
