"""The masks of pictures: from label images, folders, boxes, a backend, or transparency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, Frame, MaskSet, UnknownNameError
from scenewright.models import MaskProposer, PromptSegmenter, available, create, registry
from scenewright.models.generated import ScenePicture
from scenewright.models.mask_tools import suppress_masks
from scenewright.pipelines.generate.pictures_in import (
    check_size,
    picture_path,
    read_cutout,
    read_depth,
    read_labels,
    read_picture,
)
from scenewright.pipelines.generate.settings import REGION_GROWING, GenerateSettings

MIN_PIXELS = 16
"""Smaller masks say nothing about the shape of an object."""
_MASK_FILE = re.compile(r"(\d+)_mask\.png")
_SHARES = (0.002, 0.5)
"""Masks of a backend that cover less or more of the picture are no objects to generate."""
_SAME_IOU, _INSIDE = 0.7, 0.9
_DO = "Give --masks FILE, --masks masks/sam2 or another backend, or --boxes X0,Y0,X1,Y1."


@dataclass(frozen=True, eq=False)
class SceneInput:
    """What a scene is generated from.

    Attributes:
        pictures: With masks of the same objects.
        files: The pictures' files.
        labels: Label of each mask in its source.
        names: Name of each mask, such as a color; empty where there is none.
        camera: Assumed intrinsics of the first picture.
        depth: (H, W) float32 depth of the first picture, meters, or None.
        source: Where the masks are from.
    """

    pictures: tuple[ScenePicture, ...]
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]
    camera: Camera
    depth: NDArray[np.float32] | None
    source: str


@dataclass(frozen=True, eq=False)
class _Masks:
    """The masks of one picture, before they are compared with those of the others."""

    masks: MaskSet
    names: Mapping[int, str]
    cutouts: Mapping[int, NDArray[np.uint8]]


def read_scene_input(
    images: Sequence[Path], depth: Path | None, settings: GenerateSettings
) -> SceneInput:
    """Reads pictures and finds their masks.

    Raises:
        FormatError: A file is missing or damaged.
        ShapeError: Masks or depth have another size than their picture.
        ConventionError: There are no masks, several kinds of them, or unusable ones.
        UnknownNameError: There is no such backend.
    """
    if not images:
        raise ConventionError("Pictures", expected="at least 1", got="none")
    files = tuple(picture_path(Path(path)) for path in images)
    read = [read_picture(path) for path in files]
    first = read[0][0]
    size = first.shape[:2]
    camera = assumed_camera(*size, fov=settings.fov)
    distances = None
    if depth is not None:
        distances = read_depth(Path(depth), size=size, scale=settings.depth_scale)
    if settings.masks and settings.boxes:
        raise ConventionError("Masks", expected="--masks or --boxes", got="both")
    if settings.boxes:
        if len(files) > 1:
            got = f"{len(files)} pictures"
            raise ConventionError("--boxes", expected="a single picture", got=got)
        found = [_from_boxes(first, distances, settings)]
        source = settings.segmenter
    elif len(settings.masks) == 1 and settings.masks[0] in available():
        frames = [(pixels, distances if i == 0 else None) for i, (pixels, _) in enumerate(read)]
        found = _from_backend(frames, settings)
        source = settings.masks[0]
    elif settings.masks or any(path.is_dir() for path in map(Path, images)):
        sizes = [(pixels.shape[0], pixels.shape[1]) for pixels, _ in read]
        found = _from_files(images, files, sizes, settings.masks)
        source = "files"
    else:
        found = [_from_alpha(path, alpha) for path, (_, alpha) in zip(files, read, strict=True)]
        source = "transparency"
    for path, each, (pixels, _) in zip(files, found, read, strict=True):
        check_masks(each.masks, path)
        check_size(path, (each.masks.height, each.masks.width), pixels.shape[:2])
    return _joined(files, [pixels for pixels, _ in read], found, camera, distances, source)


def assumed_camera(height: int, width: int, *, fov: float) -> Camera:
    """A camera with a centered principal point and a horizontal field of view, degrees.

    Raises:
        ConventionError: The field of view is out of range.
    """
    if not 1 <= fov <= 170:
        raise ConventionError("fov", expected="1 to 170 degrees", got=f"{fov:g}")
    focal = width / 2 / float(np.tan(np.deg2rad(fov) / 2))
    return Camera.from_focal(focal, focal, width / 2, height / 2, width=width, height=height)


def check_masks(masks: MaskSet, path: Path) -> None:
    """Refuses pictures without masks, and masks that show nothing.

    Raises:
        ConventionError: There is no mask, or one has too few pixels.
    """
    if not len(masks):
        raise ConventionError(
            f"Masks of {path.name}", expected="at least one object", got="none", do=_DO
        )
    for number, area in zip(masks.ids.tolist(), masks.areas().tolist(), strict=True):
        if area < MIN_PIXELS:
            raise ConventionError(
                f"Mask {number} of {path.name}",
                expected=f"at least {MIN_PIXELS} pixels",
                got=f"{area}",
                do="Remove the label, or use a larger picture.",
            )


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
    options = _options(name, settings)
    if name == REGION_GROWING and depth is not None:
        options["depth"] = depth
    segmenter = create(name, **options)
    if not isinstance(segmenter, PromptSegmenter):
        raise UnknownNameError(
            f"Segmenter '{name}'", expected="a backend that takes boxes, such as masks/sam2",
            got="another backend",
        )  # fmt: skip
    return segmenter


def object_mask(
    segmenter: PromptSegmenter, image: NDArray[np.uint8], what: str, **prompt: Any
) -> NDArray[np.bool_]:
    """(H, W) the best mask for a box or for points.

    Args:
        segmenter: Of `prompt_segmenter`.
        image: (H, W, 3) uint8 RGB.
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


def _from_boxes(
    image: NDArray[np.uint8], depth: NDArray[np.float32] | None, settings: GenerateSettings
) -> _Masks:
    """The best mask in each box; a pixel of two belongs to the smaller one."""
    segmenter = prompt_segmenter(settings, depth)
    size = (image.shape[0], image.shape[1])
    found = [
        object_mask(segmenter, image, f"Box '{text}'", box=parse_box(text, size))
        for text in settings.boxes
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
    return _Masks(MaskSet.from_id_map(labels), {}, {})


def _from_backend(
    frames: Sequence[tuple[NDArray[np.uint8], NDArray[np.float32] | None]],
    settings: GenerateSettings,
) -> list[_Masks]:
    """Masks of a backend without those of parts, duplicates, specks and walls."""
    name = settings.masks[0]
    if len(frames) > 1:
        raise ConventionError(
            f"Masks '{name}'", expected="a single picture, or masks from files",
            got=f"{len(frames)} pictures",
            do="A backend does not tell which masks show the same object.",
        )  # fmt: skip
    proposer = create(name, **_options(name, settings))
    if not isinstance(proposer, MaskProposer):
        raise UnknownNameError(
            f"Masks '{name}'", expected=f"one of {', '.join(available('masks/*'))}",
            got="a backend that proposes no masks",
        )  # fmt: skip
    image, depth = frames[0]
    camera = assumed_camera(*image.shape[:2], fov=settings.fov)
    masks = proposer.propose(Frame(0, camera, np.eye(4), image=image, depth=depth))
    if masks is None or not len(masks):
        return [_Masks(MaskSet.empty(*image.shape[:2]), {}, {})]
    share = masks.areas() / (image.shape[0] * image.shape[1])
    kept = masks[(share >= _SHARES[0]) & (share <= _SHARES[1])]
    kept = suppress_masks(kept, iou=_SAME_IOU, containment=_INSIDE)
    labels = MaskSet.from_id_map(kept.to_id_map()) if len(kept) else kept
    return [_Masks(labels[labels.areas() >= MIN_PIXELS], {}, {})]


def _from_files(
    images: Sequence[Path],
    files: Sequence[Path],
    sizes: Sequence[tuple[int, int]],
    masks: Sequence[str],
) -> list[_Masks]:
    """A label image per picture, a folder of them, or folders of SceneGen's data set."""
    sources = [Path(text) for text in masks] or [Path(path) for path in images]
    if len(sources) == 1 and len(files) > 1 and sources[0].is_dir():
        sources = [sources[0]] * len(files)
    if len(sources) != len(files):
        raise ConventionError(
            "--masks", expected=f"{len(files)}, one per picture, or one folder",
            got=str(len(sources)),
        )  # fmt: skip
    triples = zip(sources, files, sizes, strict=True)
    return [_from_file(source, path, size) for source, path, size in triples]


def _from_file(source: Path, image: Path, size: tuple[int, int]) -> _Masks:
    if not source.exists() and source.suffix == "":
        raise UnknownNameError(
            f"Masks '{source}'",
            expected=f"a file, a folder, or a backend ({', '.join(available('masks/*'))})",
            got="none of them",
        )
    if source.is_dir():
        numbered = {
            int(found[1]): path
            for path in source.iterdir()
            if (found := _MASK_FILE.fullmatch(path.name))
        }
        if numbered:
            return _from_masked_images(source, numbered, size)
        source = source / f"{image.stem}.png"
    labels, names = read_labels(source)
    check_size(source, labels.shape, size)
    return _Masks(MaskSet.from_id_map(labels), names, {})


def _from_masked_images(folder: Path, files: Mapping[int, Path], size: tuple[int, int]) -> _Masks:
    """``k_mask.png`` and ``k.png`` of each object k; labels are k + 1."""
    stack, cutouts = [], {}
    numbers = sorted(files)
    for number in numbers:
        labels, _ = read_labels(files[number])
        check_size(files[number], labels.shape, size)
        if not labels.any():
            raise ConventionError(
                f"Mask {files[number]}", expected=f"at least {MIN_PIXELS} pixels", got="0",
                do="Remove the file, or draw the mask again.",
            )  # fmt: skip
        stack.append(labels > 0)
        if (folder / f"{number}.png").is_file():
            cutouts[number] = read_cutout(folder / f"{number}.png")
    ids = np.array([number + 1 for number in numbers], np.int32)
    masks = replace(MaskSet.from_dense(np.stack(stack)), ids=ids)
    shifted = {number + 1: each for number, each in cutouts.items()}
    return _Masks(masks, {}, shifted if len(shifted) == len(numbers) else {})


def _from_alpha(path: Path, opaque: NDArray[np.bool_] | None) -> _Masks:
    if opaque is None:
        raise ConventionError(
            f"Masks of {path.name}", expected="masks of the objects", got="none", do=_DO
        )
    return _Masks(MaskSet.from_id_map(opaque.astype(np.int32)), {}, {})


def _joined(
    files: tuple[Path, ...],
    images: Sequence[NDArray[np.uint8]],
    found: Sequence[_Masks],
    camera: Camera,
    depth: NDArray[np.float32] | None,
    source: str,
) -> SceneInput:
    """The same labels in every picture, in ascending order."""
    labels = tuple(sorted(found[0].masks.ids.tolist()))
    pictures = []
    for path, pixels, each in zip(files, images, found, strict=True):
        ids = each.masks.ids.tolist()
        if tuple(sorted(ids)) != labels:
            raise ConventionError(
                f"Masks of {path.name}",
                expected=f"the labels of {files[0].name}: {', '.join(map(str, labels))}",
                got=", ".join(map(str, sorted(ids))),
            )
        order = np.array([ids.index(label) for label in labels], np.int64)
        cutouts = tuple(each.cutouts[label] for label in labels) if each.cutouts else ()
        pictures.append(ScenePicture(pixels, each.masks[order], cutouts))
    names = tuple(found[0].names.get(label, "") for label in labels)
    return SceneInput(tuple(pictures), files, labels, names, camera, depth, source)


def _options(name: str, settings: GenerateSettings) -> dict[str, Any]:
    """Options of a backend of masks that are set and that it has."""
    given = {"weights": settings.segmenter_weights, "device": settings.device}
    known = registry.option_names(name)
    return {key: value for key, value in given.items() if value is not None and key in known}
