"""Checks of files that need no decoding: their presence, their ends, their sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import image_size
from scenewright.data.problems import Problem, list_some
from scenewright.data.recording import FrameEntry, Recording

_TAIL_BYTES = 1024
"""How far from its end a file is searched for its end mark; some writers append a little."""
_END_MARKS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}
_ASPECT_TOLERANCE = 0.02
_OFF_CENTER = 0.15
"""Share of the picture's side by which a real principal point hardly misses the middle."""

Size = tuple[int, int]


@dataclass(frozen=True)
class FileFacts:
    """What the headers told.

    Attributes:
        size: (width, height) of most depth pictures, or of most colour pictures where there is no
            depth; None if no header could be read.
        broken: Positions of frames of which a file is missing or broken.
    """

    size: Size | None
    broken: frozenset[int]


def check_files(recording: Recording) -> tuple[FileFacts, list[Problem]]:
    """Looks at the header and the end of every picture, and at how sizes and intrinsics fit."""
    failures: dict[str, list[tuple[str, CaptureError]]] = {}
    broken = set()
    sizes: dict[str, dict[int, Size]] = {"depth": {}, "color": {}}
    for i, entry in enumerate(recording.entries):
        for kind, path in (("color", entry.image), ("depth", entry.depth)):
            if path is None:
                continue
            try:
                sizes[kind][i] = _probe(path)
            except CaptureError as error:
                code = "truncated-file" if path.is_file() else "missing-file"
                failures.setdefault(code, []).append((entry.name, error))
                broken.add(i)
    problems = [p for code, found in failures.items() for p in group_errors(found, code=code)]
    common = _most_common(sizes["depth"].values()) or _most_common(sizes["color"].values())
    for kind in ("depth", "color"):
        problems += _check_mixture(recording.entries, sizes[kind], kind=kind)
    problems += _check_pair_of_sizes(recording, sizes)
    problems += _check_shapes(recording, sizes)
    if isinstance(recording.intrinsics, CaptureError):
        problems.append(Problem.from_error(recording.intrinsics, code="intrinsics"))
    elif common is not None:
        color = _most_common(sizes["color"].values())
        problems += _check_intrinsics(recording.intrinsics, common, color=color or common)
    return FileFacts(common, frozenset(broken)), problems


def group_errors(failures: list[tuple[str, CaptureError]], *, code: str) -> list[Problem]:
    """One problem for all frames that failed alike; a single failure keeps its own words."""
    if not failures:
        return []
    frames = tuple(dict.fromkeys(name for name, _ in failures))
    first = Problem.from_error(failures[0][1], code=code, frames=frames)
    if len(failures) == 1:
        return [first]
    what = f"{len(failures)} files like this one: {first.what}"
    return [Problem("error", code, what, first.expected, first.got, first.do, frames)]


def _probe(path: Path) -> Size:
    """(width, height) of a picture whose beginning and end are there."""
    size = image_size(path)
    mark = _END_MARKS.get(path.suffix.lower())
    if mark is not None:
        with path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(0, length - _TAIL_BYTES))
            tail = file.read()
        if mark not in tail:
            raise CaptureError(
                f"{path} is cut short",
                expected=f"an end mark ({mark!r}) in the last bytes",
                got=f"{length} bytes without one",
                do="Copy or export this file again, or take the frame's files out of the capture.",
            )
    return size


def _most_common(sizes: Iterable[Size]) -> Size | None:
    counts = Counter(sizes)
    return counts.most_common(1)[0][0] if counts else None


def _text(size: Size) -> str:
    return f"{size[0]} x {size[1]} pixels"


def _check_mixture(
    entries: tuple[FrameEntry, ...], sizes: dict[int, Size], *, kind: str
) -> list[Problem]:
    common = _most_common(sizes.values())
    # Frames with intrinsics of their own may be of any size.
    odd = [i for i, s in sizes.items() if s != common and entries[i].intrinsics is None]
    if common is None or not odd:
        return []
    names = tuple(entries[i].name for i in odd)
    return [
        Problem(
            "error",
            "mixed-sizes",
            f"{len(odd)} {kind} pictures have another size than the rest",
            _text(common),
            f"{_text(sizes[odd[0]])} in {list_some(names)}",
            "Keep frames of different sizes in captures of their own.",
            names,
        )
    ]


def _check_pair_of_sizes(recording: Recording, sizes: dict[str, dict[int, Size]]) -> list[Problem]:
    depth, color = (_most_common(sizes[kind].values()) for kind in ("depth", "color"))
    if depth is None or color is None or depth == color:
        return []
    ratio = (color[0] / color[1]) / (depth[0] / depth[1])
    if abs(ratio - 1) > _ASPECT_TOLERANCE:
        return [
            Problem(
                "error",
                "color-depth-shape",
                "Colour and depth pictures have different shapes, so they cannot be registered",
                f"colour of the shape of the depth, {_text(depth)}",
                _text(color),
                "Export colour registered to depth, or crop both to what both see.",
            )
        ]
    own = recording.intrinsics
    if not isinstance(own, Intrinsics) or own.size is not None:
        return []
    return [
        Problem(
            "warning",
            "color-depth-size",
            "Colour and depth pictures have different sizes, and the intrinsics do not tell whose "
            "they are; they are taken to be the depth's",
            "equal sizes",
            f"colour {_text(color)}, depth {_text(depth)}",
            "Make sure that the matrix K is that of the depth pictures.",
        )
    ]


def _check_shapes(recording: Recording, sizes: dict[str, dict[int, Size]]) -> list[Problem]:
    """Pictures that are wider or narrower than those that their intrinsics belong to."""
    odd: list[tuple[str, Size, Size]] = []
    for i, entry in enumerate(recording.entries):
        own = entry.intrinsics or recording.intrinsics
        size = sizes["depth"].get(i) or sizes["color"].get(i)
        if size is not None and isinstance(own, Intrinsics) and own.size is not None:
            ratio = (size[0] / size[1]) / (own.size[0] / own.size[1])
            if abs(ratio - 1) > _ASPECT_TOLERANCE:
                odd.append((entry.name, own.size, size))
    if not odd:
        return []
    names = tuple(name for name, _, _ in odd)
    return [
        Problem(
            "error",
            "picture-shape",
            f"{len(odd)} pictures have another shape than those that their intrinsics are for",
            f"the shape of {_text(odd[0][1])}",
            f"{_text(odd[0][2])} in {list_some(names)}",
            "Use the pictures that were calibrated, neither turned nor cropped.",
            names,
        )
    ]


def _check_intrinsics(intrinsics: Intrinsics, size: Size, *, color: Size) -> list[Problem]:
    """Whether the matrix can belong to pictures of this size."""
    width, height = intrinsics.size or size
    K = intrinsics.K
    off = max(abs(K[0, 2] / width - 0.5), abs(K[1, 2] / height - 0.5))
    ratio = K[0, 0] / K[1, 1]
    aperture = K[0, 0] / width
    if off > _OFF_CENTER:
        implied = (round(2 * float(K[0, 2])), round(2 * float(K[1, 2])))
        fits_color = all(
            abs(a / b - 1) < 2 * _OFF_CENTER for a, b in zip(implied, color, strict=True)
        )
        whose = f"the colour pictures' {_text(color)}" if fits_color else f"about {_text(implied)}"
        # Where the file tells the size that the matrix is for, an odd middle is what it says.
        is_own = intrinsics.size == size
        return [
            Problem(
                "warning" if is_own else "error",
                "intrinsics-size",
                "The intrinsics do not belong to pictures of this size: the principal point is far "
                "from the middle",
                f"cx, cy near {width / 2:g}, {height / 2:g} for {_text((width, height))}",
                f"{K[0, 2]:g}, {K[1, 2]:g}, as in pictures of {whose}",
                "Give the matrix of the depth pictures, or scale its first two rows to their size.",
            )
        ]
    if not (0.3 <= aperture <= 4 and 0.8 <= ratio <= 1.25 and np.isfinite(off)):
        return [
            Problem(
                "warning",
                "intrinsics-focal",
                "The focal lengths are unusual",
                f"fx about fy, {0.3 * width:.0f} to {4 * width:.0f} for {_text((width, height))}",
                f"fx {K[0, 0]:g}, fy {K[1, 1]:g}",
                "Check that the matrix is in pixels and belongs to these pictures.",
            )
        ]
    return []
