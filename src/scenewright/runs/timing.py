"""How long the stages of a pipeline take, and how much memory it took."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, FrameSource


@dataclass(frozen=True)
class StageCost:
    """What a stage took: seconds, and the largest memory of the process by its end, megabytes."""

    seconds: float
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class StageTime:
    """Times of one stage over all frames that took part in it.

    Attributes:
        num_frames: Number of times.
        median_ms: Milliseconds.
        mean_ms: Milliseconds.
        total_ms: Milliseconds.
    """

    num_frames: int
    median_ms: float
    mean_ms: float
    total_ms: float


class Stopwatch:
    """Collects the times of named stages; may be used from several threads."""

    def __init__(self) -> None:
        self._times: dict[str, list[float]] = {}
        self._lock = Lock()

    def add(self, times_ms: Mapping[str, float]) -> None:
        """Takes note of one time for each of some stages, milliseconds."""
        with self._lock:
            for stage, value in times_ms.items():
                self._times.setdefault(stage, []).append(value)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Takes note of how long the block takes; an error is not counted."""
        start = perf_counter()
        yield
        self.add({stage: 1e3 * (perf_counter() - start)})

    def summary(self) -> dict[str, StageTime]:
        """The stages in the order in which they were first met."""
        with self._lock:
            return {
                stage: StageTime(
                    len(times), float(np.median(times)), float(np.mean(times)), float(sum(times))
                )
                for stage, times in self._times.items()
            }


class CostMeter:
    """Collects what the stages of a long run cost: seconds, and the memory held by their end."""

    def __init__(self) -> None:
        self._costs: dict[str, StageCost] = {}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Adds the time of the block to a stage; an error is not counted."""
        start = perf_counter()
        yield
        before = self._costs.get(stage, StageCost(0.0)).seconds
        self._costs[stage] = StageCost(before + perf_counter() - start, peak_memory_mb())

    def summary(self) -> dict[str, StageCost]:
        """The stages in the order in which they were first met."""
        return dict(self._costs)


def costs_to_dict(stages: Mapping[str, StageCost]) -> dict[str, dict[str, float | None]]:
    """Costs as JSON values, rounded."""
    return {
        name: {
            "seconds": round(cost.seconds, 3),
            "peak_memory_mb": None
            if cost.peak_memory_mb is None
            else round(cost.peak_memory_mb, 1),
        }
        for name, cost in stages.items()
    }


class TimedSource:
    """A frame source that takes note of how long each frame takes to decode."""

    def __init__(self, source: FrameSource, stopwatch: Stopwatch) -> None:
        self._source = source
        self._stopwatch = stopwatch

    @property
    def up(self) -> NDArray[np.float64] | None:
        """(3,) float64 unit vector against gravity, or None if unknown."""
        return self._source.up

    @property
    def names(self) -> Sequence[str]:
        """Name of each frame."""
        return self._source.names

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int, /) -> Frame:
        with self._stopwatch.measure("decode"):
            return self._source[index]

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))


def peak_memory_mb() -> float | None:
    """Largest memory that this process has held so far, megabytes; None where unknown (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
