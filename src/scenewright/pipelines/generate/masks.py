"""The masks of pictures: from label images, folders, boxes, a backend, or transparency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Camera, ConventionError, FormatError, MaskSet, UnknownNameError
from scenewright.models import available
from scenewright.models.generated import ScenePicture
from scenewright.pipelines.generate.given import (
    Given,
    GivenPicture,
    given_depth,
    given_labels,
    read_given_picture,
)
from scenewright.pipelines.generate.mask_backends import (
    MIN_PIXELS,
    mask_backends,
    masks_in_boxes,
    proposed_masks,
)
from scenewright.pipelines.generate.pictures_in import check_size, read_cutout, read_labels
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.generate.views import assumed_camera

_MASK_FILE = re.compile(r"(\d+)_mask\.png")
_MANY = 32
"""More labels than this are seldom meant."""
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
        depth_is_scaled: Whether depth was stored in units of the depth scale.
        notes: What was assumed.
    """

    pictures: tuple[ScenePicture, ...]
    files: tuple[Path, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]
    camera: Camera
    depth: NDArray[np.float32] | None
    source: str
    depth_is_scaled: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Masks:
    """The masks of one picture, before they are compared with those of the others.

    Attributes:
        masks: One per label.
        names: By label.
        cutouts: By label.
        origin: What they are from, for messages; "" for the picture itself.
    """

    masks: MaskSet
    names: Mapping[int, str] = field(default_factory=dict)
    cutouts: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    origin: str = ""


def read_scene_input(
    images: Sequence[Given],
    depth: Given | None,
    settings: GenerateSettings,
    *,
    label_images: Sequence[NDArray[Any] | Image.Image] = (),
) -> SceneInput:
    """Reads pictures and finds their masks.

    Args:
        images: Pictures of one scene.
        depth: Depth of the first picture, or None.
        settings: With masks or boxes.
        label_images: Masks in memory, one per picture, instead of those of the settings.

    Raises:
        FormatError: A file is missing or damaged.
        ShapeError: Masks or depth have another size than their picture.
        ConventionError: There are no masks, several kinds of them, or unusable ones.
        UnknownNameError: There is no such backend.
    """
    if not images:
        raise ConventionError("Pictures", expected="at least 1", got="none")
    if (settings.masks or label_images) and settings.boxes:
        raise ConventionError("Masks", expected="--masks or --boxes", got="both")
    if "" in settings.masks:
        raise ConventionError("--masks", expected="a file, a folder or a backend", got="empty text")
    pictures = [read_given_picture(image, number) for number, image in enumerate(images, 1)]
    camera = assumed_camera(*pictures[0].size, fov=settings.fov)
    scale = settings.depth_scale
    near = None if depth is None else given_depth(depth, size=pictures[0].size, scale=scale)
    distances = None if near is None else near.meters
    found, source = _found(pictures, distances, settings, label_images)
    for picture, each in zip(pictures, found, strict=True):
        check_masks(each.masks, picture.path, origin=each.origin)
        check_size(picture.path, (each.masks.height, each.masks.width), picture.size)
    joined = _joined(pictures, found, camera, distances, source)
    if near is None:
        return joined
    notes = (f"depth: an array of integers, read as {scale:g} units per meter (--depth-scale)",)
    return replace(joined, depth_is_scaled=near.is_scaled, notes=notes if near.is_unusual else ())


def _found(
    pictures: Sequence[GivenPicture],
    depth: NDArray[np.float32] | None,
    settings: GenerateSettings,
    label_images: Sequence[NDArray[Any] | Image.Image],
) -> tuple[list[_Masks], str]:
    """The masks of each picture, and where they are from."""
    if settings.boxes:
        _check_single("--boxes", pictures, do=None)
        return [_Masks(masks_in_boxes(pictures[0].pixels, depth, settings))], settings.segmenter
    if label_images:
        _check_count(len(label_images), len(pictures))
        masks = []
        for number, (one, picture) in enumerate(zip(label_images, pictures, strict=True), 1):
            labels, names = given_labels(one, number)
            check_size(Path(f"masks of picture {number}"), labels.shape, picture.size)
            masks.append(_Masks(MaskSet.from_id_map(labels), names))
        return masks, "arrays"
    if len(settings.masks) == 1 and settings.masks[0] in available():
        name = settings.masks[0]
        _check_single(
            f"Masks '{name}'", pictures,
            do="A backend does not tell which masks show the same object.",
        )  # fmt: skip
        return [_Masks(proposed_masks(pictures[0].pixels, depth, settings), origin=name)], name
    if settings.masks or any(picture.folder is not None for picture in pictures):
        return _from_files(pictures, settings.masks), "files"
    return [_from_alpha(picture) for picture in pictures], "transparency"


def _check_single(what: str, pictures: Sequence[GivenPicture], *, do: str | None) -> None:
    if len(pictures) > 1:
        expected = "a single picture" if do is None else "a single picture, or masks from files"
        raise ConventionError(what, expected=expected, got=f"{len(pictures)} pictures", do=do)


def _check_count(num_masks: int, num_pictures: int) -> None:
    if num_masks != num_pictures:
        raise ConventionError(
            "--masks", expected=f"{num_pictures}, one per picture, or one folder",
            got=str(num_masks),
        )  # fmt: skip


def check_masks(masks: MaskSet, path: Path, *, origin: str = "") -> None:
    """Refuses pictures without masks, and masks that show nothing.

    Args:
        masks: Of a picture.
        path: The picture.
        origin: The file or the backend of the masks; "" if there is none.

    Raises:
        ConventionError: There is no mask, or one has too few pixels.
    """
    from_where = f" in {origin}" if origin else ""
    if not len(masks):
        raise ConventionError(
            f"Masks of {path.name}{from_where}", expected="at least one object", got="none", do=_DO
        )
    for number, area in zip(masks.ids.tolist(), masks.areas().tolist(), strict=True):
        if area < MIN_PIXELS:
            do = "Remove the label, or use a larger picture."
            if len(masks) > _MANY:
                do = f"There are {len(masks)} labels; smoothed edges and lossy files add some."
            raise ConventionError(
                f"Mask {number} of {path.name}{from_where}",
                expected=f"at least {MIN_PIXELS} pixels",
                got=f"{area}",
                do=do,
            )


def _from_files(pictures: Sequence[GivenPicture], masks: Sequence[str]) -> list[_Masks]:
    """A label image per picture, a folder of them, or folders of SceneGen's data set."""
    sources = [Path(text) for text in masks] or [one.folder or one.path for one in pictures]
    if len(sources) == 1 and len(pictures) > 1 and sources[0].is_dir():
        sources = [sources[0]] * len(pictures)
    _check_count(len(sources), len(pictures))
    return [_from_file(source, one) for source, one in zip(sources, pictures, strict=True)]


def _from_file(source: Path, picture: GivenPicture) -> _Masks:
    if not source.exists() and source.suffix == "":
        raise UnknownNameError(
            f"Masks '{source}'",
            expected=f"a file, a folder, or a backend ({', '.join(mask_backends())})",
            got="none of them",
        )
    if source.is_dir():
        numbered = {
            int(found[1]): path
            for path in source.iterdir()
            if (found := _MASK_FILE.fullmatch(path.name))
        }
        if numbered:
            return _from_masked_images(source, numbered, picture.size)
        file = source / f"{picture.path.stem}.png"
        if not file.is_file():
            raise FormatError(
                f"{source}", got="neither",
                expected=f"masks of {picture.path.name}: {file.name} with labels, or k_mask.png "
                "for each object k",
            )  # fmt: skip
        source = file
    labels, names = read_labels(source)
    check_size(source, labels.shape, picture.size)
    return _Masks(MaskSet.from_id_map(labels), names, origin=f"{source}")


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
    complete = shifted if len(shifted) == len(numbers) else {}
    return _Masks(masks, cutouts=complete, origin=f"{folder}")


def _from_alpha(picture: GivenPicture) -> _Masks:
    if picture.opaque is None:
        raise ConventionError(
            f"Masks of {picture.path.name}", expected="masks of the objects", got="none", do=_DO
        )
    return _Masks(MaskSet.from_id_map(picture.opaque.astype(np.int32)))


def _joined(
    pictures: Sequence[GivenPicture],
    found: Sequence[_Masks],
    camera: Camera,
    depth: NDArray[np.float32] | None,
    source: str,
) -> SceneInput:
    """The same labels in every picture, in ascending order."""
    labels = tuple(sorted(found[0].masks.ids.tolist()))
    files = tuple(picture.path for picture in pictures)
    ordered = []
    for picture, each in zip(pictures, found, strict=True):
        ids = each.masks.ids.tolist()
        if tuple(sorted(ids)) != labels:
            raise ConventionError(
                f"Masks of {picture.path.name}",
                expected=f"the labels of {files[0].name}: {', '.join(map(str, labels))}",
                got=", ".join(map(str, sorted(ids))),
            )
        order = np.array([ids.index(label) for label in labels], np.int64)
        cutouts = tuple(each.cutouts[label] for label in labels) if each.cutouts else ()
        ordered.append(ScenePicture(picture.pixels, each.masks[order], cutouts))
    names = tuple(found[0].names.get(label, "") for label in labels)
    return SceneInput(tuple(ordered), files, labels, names, camera, depth, source)
