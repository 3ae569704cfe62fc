"""Masks of a picture from backends: in boxes, or of all objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    CaptureError,
    ConventionError,
    Frame,
    MaskSet,
    UnknownNameError,
    WeightsError,
)
from scenewright.models import (
    MaskProposer,
    PromptSegmenter,
    available,
    card,
    create,
    registry,
)
from scenewright.models.mask_tools import suppress_masks
from scenewright.models.weights import named_by
from scenewright.pipelines.generate.settings import REGION_GROWING, GenerateSettings
from scenewright.pipelines.generate.views import assumed_camera

MIN_PIXELS = 16
"""Smaller masks say nothing about the shape of an object."""
_SHARES = (0.002, 0.5)
"""Masks of a backend that cover less or more of the picture are no objects to generate."""
_SAME_IOU, _INSIDE = 0.7, 0.9
_NEED_WORDS = ("masks/sam3",)
"""Backends that look for concepts, which ``generate`` does not take."""
_SEGMENTER = PromptSegmenter.__name__


def mask_backends() -> tuple[str, ...]:
    """Names of the backends that find the objects of a picture."""
    usable = (name for name in available("masks/*") if name not in _NEED_WORDS)
    return tuple(name for name in usable if not card(name).needs_files)


def segmenters() -> tuple[str, ...]:
    """Names of the backends that find the object in a box."""
    cards = map(card, available())
    return tuple(one.name for one in cards if _SEGMENTER in (one.slot, *one.other_slots))


def parse_box(text: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """A box written as ``x0,y0,x1,y1``, in pixels of a picture of a height and width.

    Raises:
        ConventionError: These are no four numbers, or no box in the picture.
    """
    height, width = size
    try:
        x0, y0, x1, y1 = (float(word) for word in text.split(","))
    except ValueError as error:
        raise ConventionError(
            f"Box '{text}'", expected="X0,Y0,X1,Y1 in pixels", got="other text"
        ) from error
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise ConventionError(
            f"Box '{text}'",
            expected=f"x from 0 to {width} and y from 0 to {height}, the smaller ones first",
            got=f"x {x0:g} to {x1:g}, y {y0:g} to {y1:g}",
        )
    return np.array([x0, y0, x1, y1])


def prompt_segmenter(
    settings: GenerateSettings, depth: NDArray[np.float32] | None = None
) -> PromptSegmenter:
    """The backend that finds objects in boxes and at points.

    Args:
        settings: Name it.
        depth: (H, W) meters of the picture, 0 where unknown, for a backend that uses it.

    Raises:
        UnknownNameError: There is none of this name, or it takes no boxes.
        WeightsError: Weights are missing or refused.
    """
    name = settings.segmenter
    if name not in segmenters():
        raise UnknownNameError(
            f"Segmenter '{name}'",
            expected=f"one of {', '.join(segmenters())}",
            got="a backend that takes no boxes" if name in available() else None,
            do=registry.closest(name, segmenters()),
        )
    options = {"depth": depth} if name == REGION_GROWING and depth is not None else {}
    segmenter: PromptSegmenter = _created(name, settings, options)
    return segmenter


def object_mask(
    segmenter: PromptSegmenter, image: NDArray[np.uint8], what: str, **prompt: Any
) -> NDArray[np.bool_]:
    """(H, W) the best mask for a box or for points.

    Args:
        segmenter: Of `prompt_segmenter`.
        image: (H, W, 3) RGB.
        what: The prompt in words, for the message.
        prompt: Keywords of `PromptSegmenter.segment`.

    Raises:
        ConventionError: No object was found.
    """
    masks = segmenter.segment(image, **prompt)
    if not len(masks):
        raise ConventionError(what, expected="an object in it", got="none found")
    dense = np.zeros(image.shape[0] * image.shape[1], np.bool_)
    dense[masks.pixels(0)] = True
    return dense.reshape(image.shape[:2])


def masks_in_boxes(
    image: NDArray[np.uint8], depth: NDArray[np.float32] | None, settings: GenerateSettings
) -> MaskSet:
    """The best mask in each box; a pixel of two belongs to the smaller one.

    Args:
        image: (H, W, 3) RGB.
        depth: (H, W) meters, or None.
        settings: With boxes.

    Raises:
        ConventionError: A box is no box, or shows no object.
        UnknownNameError: There is no such segmenter.
        WeightsError: Its weights are missing or refused.
    """
    size = (image.shape[0], image.shape[1])
    boxes = [parse_box(text, size) for text in settings.boxes]
    segmenter = prompt_segmenter(settings, depth)
    found = [
        object_mask(segmenter, image, f"Box '{text}'", box=box)
        for text, box in zip(settings.boxes, boxes, strict=True)
    ]
    labels = np.zeros(size, np.int32)
    for index in np.argsort([-int(each.sum()) for each in found], kind="stable"):
        labels[found[index]] = index + 1
    hidden = sorted(set(range(1, len(found) + 1)) - set(np.unique(labels).tolist()))
    if hidden:
        raise ConventionError(
            f"Box '{settings.boxes[hidden[0] - 1]}'", expected="an object of its own",
            got="one that the objects of other boxes cover",
        )  # fmt: skip
    return MaskSet.from_id_map(labels)


def proposed_masks(
    image: NDArray[np.uint8], depth: NDArray[np.float32] | None, settings: GenerateSettings
) -> MaskSet:
    """Masks of a backend without those of parts, duplicates, specks and walls.

    Args:
        image: (H, W, 3) RGB.
        depth: (H, W) meters, or None.
        settings: Whose only masks are the name of a backend.

    Raises:
        ConventionError: The backend needs depth, and there is none.
        UnknownNameError: The backend finds no objects in a picture.
        WeightsError: Its weights are missing or refused.
    """
    name = settings.masks[0]
    if name not in mask_backends():
        reads = name.startswith("masks/") and name not in _NEED_WORDS
        got = "a backend that reads files" if reads else "a backend that proposes no masks"
        raise UnknownNameError(
            f"Masks '{name}'",
            expected=f"one of {', '.join(mask_backends())}",
            got="a backend that needs words to look for" if name in _NEED_WORDS else got,
            do="Give the files themselves: --masks FOLDER." if reads else None,
        )
    proposer: MaskProposer = _created(name, settings, {})
    camera = assumed_camera(*image.shape[:2], fov=settings.fov)
    try:
        masks = proposer.propose(Frame(0, camera, np.eye(4), image=image, depth=depth))
    except CaptureError as error:
        if depth is not None:
            raise
        raise ConventionError(
            f"Masks '{name}'", expected="the depth of the picture", got="none",
            do="Add --depth FILE, or choose a backend that needs none, such as masks/sam2.",
        ) from error  # fmt: skip
    if masks is None or not len(masks):
        return MaskSet.empty(*image.shape[:2])
    share = masks.areas() / (image.shape[0] * image.shape[1])
    kept = masks[(share >= _SHARES[0]) & (share <= _SHARES[1])]
    kept = suppress_masks(kept, iou=_SAME_IOU, containment=_INSIDE)
    labels = MaskSet.from_id_map(kept.to_id_map()) if len(kept) else kept
    return labels[labels.areas() >= MIN_PIXELS]


def _created(name: str, settings: GenerateSettings, more: dict[str, Any]) -> Any:
    """A backend with the options that are set and that it has."""
    given = {"weights": settings.segmenter_weights, "device": settings.device}
    known = registry.option_names(name)
    options = {key: value for key, value in given.items() if value is not None and key in known}
    try:
        return create(name, **options, **more)
    except WeightsError as error:
        raise named_by(error, "--segmenter-weights") from error
