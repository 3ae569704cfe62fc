"""Files that visitors upload: pictures, depth and label images, reduced to a size to work with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.pipelines.generate.pictures_in import (
    check_size,
    depth_meters,
    read_labels,
    read_picture,
    read_stored_depth,
)
from scenewright.pipelines.page.messages import without_folder
from scenewright.pipelines.page.session import (
    Session,
    add_picture,
    replace_masks,
    set_depth,
    show_picture,
)

LONGEST_SIDE = 1600
"""Larger pictures are reduced, so that masks appear at once; generators use less."""
Pixel = TypeVar("Pixel", bound=np.generic)


def upload_picture(session: Session, path: Path) -> Session:
    """Adds a picture.

    Raises:
        FormatError: It is damaged, no picture, or has 16 bits.
        ConventionError: There are too many pictures.
    """
    with without_folder(path.parent):
        pixels, opaque = read_picture(path)
    original = (pixels.shape[0], pixels.shape[1])
    size = _working_size(original)
    if size != original:
        pixels = np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.LANCZOS))
        opaque = None if opaque is None else _nearest(opaque, size)
    name = plain_name(path.stem)
    return add_picture(session, name, pixels, opaque=opaque, original=original)


def upload_depth(session: Session, path: Path | None, *, scale: float) -> Session:
    """Gives the first picture its depth, or takes it away.

    Args:
        session: The work so far.
        path: 16-bit PNG, or .npy in meters, of the size of the picture's file; None for none.
        scale: Stored units per meter of a PNG.

    Raises:
        FormatError: It is damaged or no depth.
        ShapeError: It has another size than the picture.
        ConventionError: There is no picture.
    """
    shown = session.shown
    session = show_picture(session, 0)
    picture = session.picture
    depth = None
    if path is not None:
        with without_folder(path.parent):
            stored = read_stored_depth(path)
            found = depth_meters(stored, size=picture.original, scale=scale, path=path)
        depth = _nearest(found, picture.size)
    return show_picture(set_depth(session, depth), shown)


def upload_labels(session: Session, path: Path) -> Session:
    """Takes the masks of a label image, as ``--masks FILE`` does, instead of those before.

    Raises:
        FormatError: It is damaged or no label image.
        ShapeError: It has another size than the picture.
        ConventionError: There is no picture, or more than one.
    """
    picture = session.picture
    with without_folder(path.parent):
        labels, colors = read_labels(path)
        check_size(path, labels.shape, picture.original)
    labels = _nearest(labels, picture.size)
    found = [label for label in np.unique(labels).tolist() if label]
    return replace_masks(session, labels, [colors.get(label, "") for label in found])


def plain_name(text: str) -> str:
    """A name for a picture that is a plain file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:40] or "picture"


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(LONGEST_SIDE / max(size), 1.0)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _nearest(values: NDArray[Pixel], size: tuple[int, int]) -> NDArray[Pixel]:
    """Values (H, W) at the centers of the pixels of another size."""
    rows, columns = (
        ((np.arange(wanted) + 0.5) * had / wanted).astype(np.int64)
        for wanted, had in zip(size, values.shape, strict=True)
    )
    result: NDArray[Pixel] = values[rows[:, None], columns]
    return result
