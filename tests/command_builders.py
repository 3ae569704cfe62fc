"""What a call of the command gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Outcome:
    """What a call of the command did."""

    code: int
    out: str
    err: str


class Call(Protocol):
    """Calls the command in this process."""

    def __call__(self, *words: str | Path) -> Outcome: ...


def assert_plain_error(outcome: Outcome, *words: str) -> None:
    """Asserts that an error was told in the house's form, to the right stream, without a traceback.

    Args:
        outcome: Of the call.
        words: What the message has to hold.
    """
    assert outcome.code == 1, outcome
    lines = outcome.err.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("error: "))
    labels = [line.split(":")[0].strip() for line in lines[first + 1 :] if line.startswith("  ")]
    assert labels
    assert labels == [word for word in ("expected", "got", "do") if word in labels]
    assert "Traceback" not in outcome.err + outcome.out
    for word in words:
        assert word in outcome.err, outcome.err
