"""Counts compared values and keeps the worst of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


@dataclass
class Tally:
    """Values that were compared with recorded ones.

    Attributes:
        num_values: Number of values.
        worst: Largest error as a share of its tolerance; above 1 the values differ.
        worst_name: Where that was.
        differing: Names of the values beyond their tolerance.
        notes: What was not compared, and why, each with its number.
    """

    num_values: int = 0
    worst: float = 0.0
    worst_name: str = ""
    differing: list[str] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.num_values > 0 and not self.differing

    def near(self, name: str, found: ArrayLike, wanted: Any, *, tolerance: ArrayLike) -> None:
        """Compares numbers; a recorded None stands for NaN."""
        expected = np.array(wanted, np.float64)  # None becomes NaN
        values = np.asarray(found, np.float64)
        if values.shape != expected.shape:
            self._add(f"{name}: shape {values.shape} for {expected.shape}", np.inf, 1)
            return
        errors = np.abs(values - expected) / np.asarray(tolerance, np.float64)
        errors = np.where(values == expected, 0.0, errors)
        errors = np.where(np.isnan(values) & np.isnan(expected), 0.0, errors)
        errors = np.where(np.isnan(errors), np.inf, errors)
        self._add(name, float(errors.max(initial=0.0)), int(errors.size))

    def equal(self, name: str, found: Any, wanted: Any) -> None:
        """Compares values that must be the same."""
        self._add(name, 0.0 if found == wanted else np.inf, 1)

    def within(self, name: str, value: float, *, low: float, high: float) -> None:
        """Checks that a recorded value is inside a range that allows for rounding."""
        self._add(name, 0.0 if low <= value <= high else np.inf, 1)

    def note(self, text: str) -> None:
        """Counts a remark."""
        self.notes[text] = self.notes.get(text, 0) + 1

    def line(self) -> str:
        """The result in one line."""
        state = "equal" if self.agrees else "DIFFERS"
        text = f"{state}, {self.num_values} values, largest error {self.worst:.2g} of its tolerance"
        if self.worst_name:
            text += f" ({self.worst_name})"
        if self.differing:
            more = "" if len(self.differing) <= 5 else f" and {len(self.differing) - 5} more"
            text += f"; beyond it: {', '.join(self.differing[:5])}{more}"
        for remark, count in self.notes.items():
            text += f"; {count} x {remark}"
        return text

    def _add(self, name: str, ratio: float, count: int) -> None:
        self.num_values += count
        if ratio > self.worst:
            self.worst, self.worst_name = ratio, name
        if ratio > 1:
            self.differing.append(name)
