"""Time and memory of the stages of a run."""

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
    """Time and memory of one stage of a run.

    Attributes:
        seconds: Total time.
        peak_memory_mb: Peak memory of the process so far when the stage last ended, megabytes; None
            if unknown.
        count: Number of times it ran: once, or once per frame.
        median_ms: Median time of one pass, milliseconds.
    """

    seconds: float
    peak_memory_mb: float | None = None
    count: int = 1
    median_ms: float | None = None

    @property
    def mean_ms(self) -> float:
        """Mean time of one pass, milliseconds."""
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
        """Adds one time to each of several stages, milliseconds."""
        peak = peak_memory_mb()
        with self._lock:
            for stage, value in times_ms.items():
                self._times_ms.setdefault(stage, []).append(value)
                self._peaks_mb[stage] = peak

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Adds the duration of the block to a stage, unless the block raises."""
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
    """Peak memory of this process so far, megabytes; None if unknown (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kibibytes, macOS in bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
