"""Which file of masks belongs to which frame: equal names, or else equal numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from scenewright.core import CaptureError, FormatError

NUMBER = re.compile(r"(.*?)(\d+)$")
"""A name that ends with a number: what comes before it, and the number."""
_NUM_EXAMPLES = 3


class FileNames:
    """The names of files of masks, without ending, and the frames that they belong to.

    A file belongs to the frame of its name. If no name is equal, the number at the end decides:
    ``000000`` takes ``0``, and ``frame-000005`` takes ``5``.
    Args:
        names: Names of the files.
        root: Their folder, for error messages.
    """

    def __init__(self, names: Iterable[str], root: Path) -> None:
        self._names = dict.fromkeys(names)
        self._root = root
        self._by_number: dict[int, dict[str, list[str]]] = {}
        for name in self._names:
            match = NUMBER.match(name)
            if match:
                prefixes = self._by_number.setdefault(int(match[2]), {})
                prefixes.setdefault(match[1], []).append(name)

    def find(self, frame: str) -> str | None:
        """Name of the file of a frame, or None.

        Raises:
            FormatError: Several files belong to it.
        """
        if frame in self._names:
            return frame
        number = NUMBER.match(frame)
        if number is None:
            return None
        prefix, value = number[1], int(number[2])
        found = self._by_number.get(value, {})
        if prefix in found:
            keys = found[prefix]
        elif prefix == "" and len(found) == 1:
            keys = next(iter(found.values()))
        else:
            keys = found.get("", [])
        if len(keys) > 1:
            raise FormatError(
                f"Masks of frame '{frame}' in {self._root}", expected="one file", got=f"{keys}"
            )
        return keys[0] if keys else None

    def check(self, frames: Sequence[str]) -> tuple[str, list[str]]:
        """Finds the files of all frames.

        Returns:
            How they were matched ("equal name" or "equal number"), and warnings.

        Raises:
            CaptureError: No file belongs to any frame.
        """
        found = [self.find(name) for name in frames]
        if frames and not any(found):
            raise CaptureError(
                f"Masks in {self._root} match none of the {len(frames)} frames",
                expected=f"names such as {examples(frames)}",
                got=examples(self._names),
                do="If this file holds the masks of all frames, save one file per frame, under its "
                "name."
                if len(self._names) == 1 < len(frames) and "mask" in next(iter(self._names)).lower()
                else _suggest_suffix(frames, self._names),
            )
        pairs = [(frame, key) for frame, key in zip(frames, found, strict=True) if key]
        missing = [frame for frame, key in zip(frames, found, strict=True) if not key]
        exact = all(frame == key for frame, key in pairs)
        warnings = []
        if missing:
            warnings.append(
                f"{len(missing)} of {len(frames)} frames have no masks in {self._root}, such as "
                f"{examples(missing)}"
            )
        left_over = self._left_over(pairs, is_complete=not missing, exact=exact)
        if left_over:
            count = len(left_over)
            verb = "belongs" if count == 1 else "belong"
            frame, key = pairs[0]
            by = "" if exact else f"Masks are matched by number ('{key}' to '{frame}'); "
            warnings.append(
                f"{by}{count} {'file' if count == 1 else 'files'} in {self._root} {verb} to no "
                f"frame, such as {examples(left_over)}. If the masks were numbered anew, rename "
                "them after the frames"
            )
        return ("equal name" if exact else "equal number"), warnings

    def _left_over(
        self, pairs: Sequence[tuple[str, str]], *, is_complete: bool, exact: bool
    ) -> list[str]:
        """Files without a frame, unless they are those of frames that are not used (a stride)."""
        used = {key for _, key in pairs}
        left_over = [name for name in self._names if name not in used]
        if is_complete and exact:
            return []
        if not is_complete:
            return left_over
        numbers = [int(match[2]) for key in used if (match := NUMBER.match(key))]
        first = min(numbers, default=0)
        return [n for n in left_over if (match := NUMBER.match(n)) and int(match[2]) < first]


def examples(names: Iterable[str]) -> str:
    """The first names in quotes, with dots if there are more."""
    listed = list(names)
    text = ", ".join(f"'{name}'" for name in listed[:_NUM_EXAMPLES])
    return f"{text}, ..." if len(listed) > _NUM_EXAMPLES else text


def _suggest_suffix(frames: Sequence[str], stems: Iterable[str]) -> str:
    first = frames[0]
    endings = sorted({stem[len(first) :] for stem in stems if stem.startswith(first)})
    if endings:
        options = " or ".join(f"'{ending}'" for ending in endings)
        return f"Set the part that follows the frame name: suffix={options} (--mask-suffix)."
    return "Rename the files after the frames."
