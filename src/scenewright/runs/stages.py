"""What the stages of a run cost: time, and memory."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class StageCost:
    """What one stage of a run took.

    Attributes:
        seconds: In all.
        peak_memory_mb: Largest memory that the process had held when the stage was last left,
            megabytes; None where unknown.
        count: How many times it ran: once, or once per frame.
        median_ms: Median time of one of them, milliseconds.
    """

    seconds: float
    peak_memory_mb: float | None = None
    count: int = 1
    median_ms: float | None = None

    @property
    def mean_ms(self) -> float:
        """Mean time of one run of the stage, milliseconds."""
        return 1e3 * self.seconds / max(self.count, 1)

    def as_dict(self) -> dict[str, Any]:
        """JSON values, rounded."""
        peak, median = self.peak_memory_mb, self.median_ms
        return {
            "seconds": round(self.seconds, 4),
            "count": self.count,
            "median_ms": None if median is None else round(median, 3),
            "peak_memory_mb": None if peak is None else round(peak, 1),
        }


class StageClock:
    """Measures the stages of a run; may be used from several threads."""

    def __init__(self) -> None:
        self._times_ms: dict[str, list[float]] = {}
        self._peaks_mb: dict[str, float | None] = {}
        self._lock = Lock()

    def add(self, times_ms: Mapping[str, float]) -> None:
        """Adds one time for each of some stages, milliseconds."""
        peak = peak_memory_mb()
        with self._lock:
            for stage, value in times_ms.items():
                self._times_ms.setdefault(stage, []).append(value)
                self._peaks_mb[stage] = peak

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Adds the time of the block to a stage; a block that raises is not counted."""
        start = perf_counter()
        yield
        self.add({stage: 1e3 * (perf_counter() - start)})

    def summary(self) -> dict[str, StageCost]:
        """The stages in the order in which they were first measured."""
        with self._lock:
            return {
                stage: StageCost(
                    sum(times) / 1e3, self._peaks_mb[stage], len(times), statistics.median(times)
                )
                for stage, times in self._times_ms.items()
            }


def peak_memory_mb() -> float | None:
    """Largest memory that this process has held so far, megabytes; None where unknown (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
