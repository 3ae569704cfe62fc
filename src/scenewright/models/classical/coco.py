"""Masks as COCO run lengths: column-major counts of zeros, ones, zeros, ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Frame, MaskSet
from scenewright.models.classical.mask_fitting import fit_to_frame, needs_fitting
from scenewright.models.classical.mask_names import LABEL_KEYS, as_label, read_score

_OFFSET = 48
_VALUE_BITS = 5
_VALUE = 0x1F
_SIGN = 0x10
_MORE = 0x20


def decode_counts(text: str | bytes, *, where: str = "RLE counts") -> NDArray[np.int64]:
    """Decodes a compressed count string.

    A count is written in groups of five bits, lowest first, one printable character each. The sixth
    bit says that another group follows, and the fifth bit of the last group is the sign. From the
    fourth count on, the difference from the count two positions before is stored.

    Args:
        text: The string of a COCO ``segmentation.counts``.
        where: Name in error messages.

    Returns:
        (R,) int64 run lengths, zeros first.

    Raises:
        FormatError: The string is damaged.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError as error:
        raise _bad_counts(where, "other characters") from error
    codes = np.frombuffer(raw, np.uint8).astype(np.int64) - _OFFSET
    if not len(codes):
        return np.zeros(0, np.int64)
    if codes.min() < 0 or codes.max() > (_MORE | _VALUE):
        raise _bad_counts(where, "other characters")
    last = (codes & _MORE) == 0
    if not last[-1]:
        raise _bad_counts(where, "a truncated string")
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() * _VALUE_BITS > 60:
        raise _bad_counts(where, "a count of more than 60 bits")
    position = np.arange(len(codes)) - np.repeat(starts, lengths)
    values = np.add.reduceat((codes & _VALUE) << (_VALUE_BITS * position), starts)
    negative = (codes[ends] & _SIGN) != 0
    values -= negative * (np.int64(1) << (_VALUE_BITS * lengths))
    # Odd positions and, from the third count on, even positions are running sums.
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def _bad_counts(where: str, got: str) -> FormatError:
    return FormatError(where, expected="a compressed COCO count string", got=got)


def _as_pixels(segmentation: Any) -> NDArray[np.bool_] | None:
    """(H, W) bool of lists of booleans or of 0 and 1; None if it is something else."""
    rows = segmentation if isinstance(segmentation, list) else []
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(rows) < 2 or len(widths) != 1 or 0 in widths:
        return None
    kinds = {type(value) for row in rows for value in row}
    if not kinds <= {bool, int} or not {value for row in rows for value in row} <= {0, 1}:
        return None
    return np.array(rows, bool)


def decode_runs(
    segmentation: Any, *, where: str = "segmentation"
) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[int, int]]:
    """Turns one COCO segmentation into row-major runs.

    Args:
        segmentation: ``{"size": [height, width], "counts": list or string}``, or the pixels as H
            lists of W booleans, as Segment Anything writes them on request.
        where: Name in error messages.

    Returns:
        (R,) flat index of the first pixel of each run, (R,) lengths, and (height, width).

    Raises:
        FormatError: It is a polygon, or its size or counts are invalid.
    """
    pixels = _as_pixels(segmentation)
    if pixels is not None:
        starts, run_lengths = runs_of(pixels)
        return starts, run_lengths, (pixels.shape[0], pixels.shape[1])
    if isinstance(segmentation, list):
        raise FormatError(
            where,
            expected="run lengths ({size, counts})",
            got="polygons",
            do="Convert them with pycocotools: annToRLE.",
        )
    if not isinstance(segmentation, dict) or not {"size", "counts"} <= segmentation.keys():
        raise FormatError(where, expected="an object with size and counts", got=f"{segmentation!r}")
    height, width = _read_size(segmentation["size"], where)
    counts = segmentation["counts"]
    if isinstance(counts, str):
        lengths = decode_counts(counts, where=where)
    else:
        lengths = _read_counts(counts, where)
    if len(lengths) and lengths.min() < 0:
        raise FormatError(where, expected="counts of 0 or more", got=str(lengths.min()))
    if lengths.sum() != height * width:
        raise FormatError(
            where,
            expected=f"counts that sum to {height * width} ({width} x {height})",
            got=str(lengths.sum()),
        )
    values = np.arange(len(lengths)) % 2 == 1
    mask = np.repeat(values, lengths).reshape(width, height).T
    starts, run_lengths = runs_of(mask)
    return starts, run_lengths, (height, width)


def _read_size(size: Any, where: str) -> tuple[int, int]:
    ok = isinstance(size, list) and len(size) == 2
    if not ok or not all(isinstance(side, int) and side > 0 for side in size):
        raise FormatError(where, expected="size [height, width]", got=f"{size!r}")
    return size[0], size[1]


def _read_counts(counts: Any, where: str) -> NDArray[np.int64]:
    try:
        values = np.asarray(counts)
    except ValueError:
        values = np.zeros(0)
    if not isinstance(counts, list) or values.ndim != 1 or values.dtype.kind not in "iu":
        raise FormatError(where, expected="counts as integers or a string", got=f"{counts!r:.60}")
    return values.astype(np.int64)


def runs_of(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Row-major runs of an (H, W) bool mask: (R,) starts and (R,) lengths, flat pixel indices."""
    padded = np.zeros(mask.size + 2, np.int8)
    padded[1:-1] = mask.ravel()
    change = np.diff(padded)
    starts = np.flatnonzero(change == 1)
    ends = np.flatnonzero(change == -1)
    return starts.astype(np.int32), (ends - starts).astype(np.int32)


def dense_of(
    starts: NDArray[np.int32], lengths: NDArray[np.int32], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """(H, W) bool mask of row-major runs, the inverse of `runs_of`."""
    change = np.zeros(size[0] * size[1] + 1, np.int8)
    change[starts] += 1
    change[starts + lengths] -= 1
    return np.cumsum(change[:-1], dtype=np.int8).astype(bool).reshape(size)


def masks_from_annotations(
    annotations: list[Any],
    frame: Frame,
    *,
    where: str,
    categories: Mapping[int, str] | None = None,
    undistort: bool = True,
) -> MaskSet:
    """Builds the masks of one frame; annotations without pixels are left out.

    Masks are fitted to the frame, see `fit_to_frame`.

    The score is ``score`` or, in files of Segment Anything, ``predicted_iou``; else 1. The ids are
    those of the file if all are present, distinct and 1 or more; else 1..N. The label is the text
    under one of `LABEL_KEYS`, or else the name of ``category_id``; else it is unknown.

    Args:
        annotations: COCO annotations with run lengths.
        frame: The frame that they belong to.
        where: Name of the list in error messages.
        categories: Category name by id. With names, an id without one is an error.
        undistort: False if the masks were made on undistorted images.

    Raises:
        FormatError: An annotation is invalid.
        ShapeError: A mask does not have the shape of the frame.
    """
    runs, scores, ids, labels = [], [], [], []
    for number, annotation in enumerate(annotations):
        name = f"{where}, annotation {number}"
        if not isinstance(annotation, dict) or "segmentation" not in annotation:
            raise FormatError(name, expected="an object with a segmentation", got=f"{annotation!r}")
        starts, lengths, size = decode_runs(annotation["segmentation"], where=name)
        if needs_fitting(size, frame, undistort=undistort):
            drawn = dense_of(starts, lengths, size)
            fitted = fit_to_frame(drawn, frame, where=name, undistort=undistort)
            starts, lengths = runs_of(fitted)
        if len(starts):
            runs.append((starts, lengths))
            scores.append(_read_score(annotation, name))
            ids.append(annotation.get("id"))
            labels.append(_read_label(annotation, categories or {}, name))
    usable = all(isinstance(i, int) and 1 <= i < 2**31 for i in ids) and len(set(ids)) == len(ids)
    height, width = frame.camera.size
    return MaskSet.from_runs(
        runs,
        height=height,
        width=width,
        ids=np.array(ids, np.int32) if usable else None,
        scores=np.array(scores, np.float32),
        labels=labels,
    )


def _read_score(annotation: dict[str, Any], where: str) -> float:
    if "score" not in annotation:
        # The IoU that Segment Anything predicts can be slightly above 1.
        estimate = annotation.get("predicted_iou", 1.0)
        return float(np.clip(estimate, 0, 1)) if isinstance(estimate, int | float) else 1.0
    return read_score(annotation["score"], where)


def _read_label(annotation: dict[str, Any], categories: Mapping[int, str], where: str) -> str:
    found = [annotation[key] for key in LABEL_KEYS if annotation.get(key) is not None]
    if found:
        return as_label(found[0], where)
    number = annotation.get("category_id")
    if number is None or not categories:
        return ""
    if not isinstance(number, int) or number not in categories:
        raise FormatError(
            where,
            expected=f"a category_id of the {len(categories)} categories",
            got=f"{number!r:.60}",
            do="Add the category, with its name, to 'categories'.",
        )
    return categories[number]
