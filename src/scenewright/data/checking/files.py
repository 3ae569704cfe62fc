"""Checks of files without decoding: presence, completeness, image sizes and intrinsics."""

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
"""Bytes at the end of a file that are searched for its end mark; some writers append data."""
_END_MARKS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}
_ASPECT_TOLERANCE = 0.02
_OFF_CENTER = 0.15
"""Maximum plausible offset of a principal point from the center, as a share of the side."""

Size = tuple[int, int]


@dataclass(frozen=True)
class FileFacts:
    """Results of reading all headers.

    Attributes:
        size: (width, height) of most depth images, or of most color images if there is no depth;
            None if no header could be read.
        broken: Indices of frames with missing or damaged files.
    """

    size: Size | None
    broken: frozenset[int]


def check_files(recording: Recording) -> tuple[FileFacts, list[Problem]]:
    """Checks the header and the end of every image, and that sizes and intrinsics agree."""
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
    """One problem for all frames with the same kind of failure."""
    if not failures:
        return []
    frames = tuple(dict.fromkeys(name for name, _ in failures))
    first = Problem.from_error(failures[0][1], code=code, frames=frames)
    if len(failures) == 1:
        return [first]
    what = f"{len(failures)} files such as this one: {first.what}"
    return [Problem("error", code, what, first.expected, first.got, first.do, frames)]


def _probe(path: Path) -> Size:
    """(width, height) of an image file that has a header and an end mark."""
    size = image_size(path)
    mark = _END_MARKS.get(path.suffix.lower())
    if mark is not None:
        with path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(0, length - _TAIL_BYTES))
            tail = file.read()
        if mark not in tail:
            raise CaptureError(
                f"{path} is truncated",
                expected=f"an end mark ({mark!r}) in the last bytes",
                got=f"{length} bytes without one",
                do="Copy or export this file again, or remove the files of this frame from the "
                "capture.",
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
    # Frames with individual intrinsics may have any size.
    odd = [i for i, s in sizes.items() if s != common and entries[i].intrinsics is None]
    if common is None or not odd:
        return []
    names = tuple(entries[i].name for i in odd)
    return [
        Problem(
            "error",
            "mixed-sizes",
            f"{len(odd)} {kind} images have a different size than the rest",
            _text(common),
            f"{_text(sizes[odd[0]])} in {list_some(names)}",
            "Put frames of different sizes into separate captures.",
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
                "Color and depth images have different aspect ratios, so they are not registered",
                f"color with the aspect ratio of the depth, {_text(depth)}",
                _text(color),
                "Export color registered to depth, or crop both to the common area.",
            )
        ]
    intrinsics = recording.intrinsics
    if not isinstance(intrinsics, Intrinsics) or intrinsics.size is not None:
        return []
    return [
        Problem(
            "warning",
            "color-depth-size",
            "Color and depth images have different sizes, and the intrinsics do not say to which "
            "they belong; they are assumed to belong to depth",
            "equal sizes",
            f"color {_text(color)}, depth {_text(depth)}",
            "Make sure that the matrix K is that of the depth images.",
        )
    ]


def _check_shapes(recording: Recording, sizes: dict[str, dict[int, Size]]) -> list[Problem]:
    """Images whose aspect ratio differs from that of their intrinsics."""
    odd: list[tuple[str, Size, Size]] = []
    for i, entry in enumerate(recording.entries):
        intrinsics = entry.intrinsics or recording.intrinsics
        size = sizes["depth"].get(i) or sizes["color"].get(i)
        calibrated = intrinsics.size if isinstance(intrinsics, Intrinsics) else None
        if size is not None and calibrated is not None:
            ratio = (size[0] / size[1]) / (calibrated[0] / calibrated[1])
            if abs(ratio - 1) > _ASPECT_TOLERANCE:
                odd.append((entry.name, calibrated, size))
    if not odd:
        return []
    names = tuple(name for name, _, _ in odd)
    return [
        Problem(
            "error",
            "picture-shape",
            f"{len(odd)} images have a different aspect ratio than their intrinsics",
            f"the aspect ratio of {_text(odd[0][1])}",
            f"{_text(odd[0][2])} in {list_some(names)}",
            "Use the images as they were calibrated, neither rotated nor cropped.",
            names,
        )
    ]


def _check_intrinsics(intrinsics: Intrinsics, size: Size, *, color: Size) -> list[Problem]:
    """Whether the matrix is plausible for images of this size."""
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
        fitting = f"the color images, {_text(color)}" if fits_color else f"about {_text(implied)}"
        # If the file states the size of the matrix, an off-center principal point may be true.
        is_stated = intrinsics.size == size
        is_normalized = 0 < K[0, 2] < 1 and 0 < K[1, 2] < 1
        return [
            Problem(
                "warning" if is_stated else "error",
                "intrinsics-size",
                "The intrinsics do not fit images of this size: the principal point is far from "
                "the center",
                f"cx, cy near {width / 2:g}, {height / 2:g} for {_text((width, height))}",
                f"{K[0, 2]:g}, {K[1, 2]:g}, which fits {fitting}",
                "The matrix is divided by the size of the images: multiply its first row by their "
                "width and its second one by their height."
                if is_normalized
                else "Use the matrix of the depth images, or scale its first two rows to them.",
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
                "Check that the matrix is in pixels and belongs to these images.",
            )
        ]
    return []
