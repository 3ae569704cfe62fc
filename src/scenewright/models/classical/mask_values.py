"""Which values of id maps mean "no mask": 0, or what other programs write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.models.classical.id_map_files import read_stored_masks

_VOIDS = (255, 65535, 2**32 - 1)
"""What -1 becomes in unsigned files; data sets also mark undecided pixels so."""
_MAX_SAMPLES = 100
_BACKGROUND_BORDER = 0.5
"""0 is the background if it covers more than this share of the borders of the images."""
_DENSE = 4
"""Ids are numbered one by one if they are at most this many times their count."""


@dataclass(frozen=True)
class ValueRule:
    """How the values of the id maps of a folder are read.

    Attributes:
        void: Value above 0 that means "no mask", or None.
        zero_is_mask: Whether 0 is a mask; the ids are then one higher than stored.
    """

    void: int | None = None
    zero_is_mask: bool = False

    def ids(self, stored: NDArray[np.int64]) -> NDArray[np.int64]:
        """(H, W) int64 ids, 0 = no mask; values below 0 never are masks."""
        nothing = stored < 0
        if self.void is not None:
            nothing |= stored == self.void
        return np.where(nothing, 0, stored + 1 if self.zero_is_mask else stored)

    def describe(self, *, has_negative: bool) -> str:
        """One sentence about values that are not read as usual; empty if there are none."""
        values = [str(v) for v in (-1 if has_negative else None, self.void) if v is not None]
        if not values:
            return ""
        zero = "0 is a mask" if self.zero_is_mask else "0 is no mask either"
        return f"Pixels of value {' or '.join(values)} are read as no mask; {zero}"


def find_value_rule(paths: Sequence[Path]) -> tuple[ValueRule, str]:
    """Finds out which values mean "no mask" in id maps that belong together.

    Negative values always do. 255 (65535, 4294967295) does if it stands far above all other ids,
    which are numbered one by one. Where such a value occurs, 0 is a mask too unless it covers most
    of the borders of the images, as a background does.

    Args:
        paths: The id maps; at most 100 of them are looked at. Damaged files are passed over.

    Returns:
        The rule, and one sentence about it; empty if 0 alone means "no mask".
    """
    values: set[int] = set()
    num_border = num_zero_border = 0
    for position in np.unique(np.linspace(0, len(paths) - 1, _MAX_SAMPLES).astype(int)).tolist():
        stored = _read_ids(paths[position])
        if stored is None or not stored.size:
            continue
        values.update(np.unique(stored).tolist())
        border = np.concatenate([stored[0], stored[-1], stored[:, 0], stored[:, -1]])
        num_border += border.size
        num_zero_border += int(np.count_nonzero(border == 0))
    ids = sorted(value for value in values if value >= 0)
    has_negative = min(values, default=0) < 0
    void = ids[-1] if ids and _is_void(ids) else None
    if void is None and not has_negative:
        return ValueRule(), ""
    is_background = num_zero_border > _BACKGROUND_BORDER * num_border
    rule = ValueRule(void, zero_is_mask=0 in values and not is_background)
    return rule, rule.describe(has_negative=has_negative)


def _is_void(ids: list[int]) -> bool:
    """Whether the largest of the ids stands apart from the others, as no running number does."""
    others = [value for value in ids[:-1] if value]
    if ids[-1] not in _VOIDS or len(others) < 2:
        return False
    return others[-1] <= _DENSE * len(others) and 2 * others[-1] < ids[-1]


def _read_ids(path: Path) -> NDArray[np.int64] | None:
    """The id map of a file, or None if it holds separate masks or cannot be read."""
    try:
        stored = read_stored_masks(path)
    except FormatError:
        return None
    return stored if stored.ndim == 2 else None
