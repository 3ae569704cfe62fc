"""The annotations of a 3D-FUTURE folder: images of rooms, with masks, models and poses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from scenewright.core import FormatError
from scenewright.data.generation.folders import OBJECT_TABLE, check_split
from scenewright.data.generation.tables import ObjectRow, Vector, read_object_table
from scenewright.io import member_path, read_json
from scenewright.models.classical.coco import decode_runs

SCENES, MODELS = "3D-FUTURE-scene", "3D-FUTURE-model"
MODEL_FILE = "raw_model.obj"
_DEFAULT_FOV = math.radians(60)
_LARGEST_SIDE = 8192


@dataclass(frozen=True, eq=False)
class FutureObject:
    """An annotated object.

    Attributes:
        model_id: Folder of its mesh.
        category: Category, or "".
        translation: Origin of its mesh in the camera frame, meters.
        rotation: x-y-z Euler angles, degrees.
        segmentation: Its pixels as COCO run lengths or polygons.
        fov: Angle of view across the longer side of the image, radians; None if it is not given.
        where: Name in error messages.
    """

    model_id: str
    category: str
    translation: Vector
    rotation: Vector
    segmentation: Any
    fov: float | None
    where: str


@dataclass(frozen=True, eq=False)
class FutureImage:
    """An annotated image.

    Attributes:
        name: Name of its file without suffix; the scene id.
        path: Its file.
        width: Pixels.
        height: Pixels.
        objects: Objects with a model and a pose.
        num_without_pose: Number of annotations without a model or a pose.
    """

    name: str
    path: Path
    width: int
    height: int
    objects: tuple[FutureObject, ...]
    num_without_pose: int

    @property
    def fov(self) -> float:
        """Angle of view across the longer side, radians; 60 degrees if no object gives it."""
        return next((one.fov for one in self.objects if one.fov is not None), _DEFAULT_FOV)


@dataclass(frozen=True, eq=False)
class FutureFolder:
    """The images of one split of a 3D-FUTURE folder.

    Attributes:
        root: Folder that holds 3D-FUTURE-scene and 3D-FUTURE-model.
        images: Annotated images whose files exist, by name.
        num_without_file: Number of annotated images without a file.
        known_models: Rows of a ``metadata.csv`` beside the two folders, by model id.
    """

    root: Path
    images: tuple[FutureImage, ...]
    num_without_file: int
    known_models: dict[str, ObjectRow]

    def only(self, image: FutureImage) -> FutureFolder:
        """The same folder with what one image needs, to be sent to another process."""
        ids = {one.model_id for one in image.objects}
        known = {name: row for name, row in self.known_models.items() if name in ids}
        return replace(self, images=(image,), known_models=known)

    def model_path(self, model_id: str) -> Path:
        """The mesh of a model; it may be missing.

        Raises:
            FormatError: The id leads out of the folder.
        """
        return member_path(self.root, f"{MODELS}/{model_id}/{MODEL_FILE}", owner=self.root / MODELS)


def open_future(path: str | Path, *, split: str = "train") -> FutureFolder:
    """Reads the annotations of a 3D-FUTURE folder.

    Args:
        path: Folder that holds ``3D-FUTURE-scene`` and ``3D-FUTURE-model``, or whose ``raw`` folder
            does. ``3D-FUTURE-scene/GT/train_set.json`` holds the annotations,
            ``3D-FUTURE-scene/train/image`` the images.
        split: ``"train"`` or ``"test"``.

    Raises:
        UnknownNameError: There is no such split.
        FormatError: A folder or the file of annotations is missing, or an annotation is damaged.
    """
    check_split(split)
    root = Path(path)
    if not (root / SCENES).is_dir() and (root / "raw" / SCENES).is_dir():
        root = root / "raw"
    for name in (SCENES, MODELS):
        if not (root / name).is_dir():
            raise FormatError(
                f"{path}",
                expected=f"a 3D-FUTURE folder with {SCENES} and {MODELS}",
                got=f"no folder {name}",
            )
    source = root / SCENES / "GT" / f"{split}_set.json"
    tree = read_json(source)
    reader = _Annotations(source, tree)
    by_image = reader.objects_by_image()
    images, num_missing = [], 0
    for row, record in enumerate(reader.list_of("images")):
        where = f"images[{row}]"
        name = str(reader.value(record, where, "file_name", str)).removesuffix(".jpg")
        file = member_path(root / SCENES / split / "image", f"{name}.jpg", owner=source)
        if not file.is_file():
            num_missing += 1
            continue
        objects, num_without = by_image.get(reader.value(record, where, "id", int), ((), 0))
        width, height = (reader.side(record, where, key) for key in ("width", "height"))
        images.append(FutureImage(name, file, width, height, tuple(objects), num_without))
    table = next((one for one in (root, root.parent) if (one / OBJECT_TABLE).is_file()), None)
    known = [] if table is None else read_object_table(table / OBJECT_TABLE)
    return FutureFolder(
        root,
        tuple(sorted(images, key=lambda image: image.name)),
        num_missing,
        {row.file_identifier.rpartition("/")[2]: row for row in known},
    )


def decode_mask(one: FutureObject, *, width: int, height: int) -> NDArray[np.bool_]:
    """(height, width) pixels of an object, from run lengths or polygons.

    Raises:
        FormatError: The segmentation is damaged, or of another size than the image.
    """
    where = f"{one.where}.segmentation"
    if isinstance(one.segmentation, list):
        return _filled(one.segmentation, where, width, height)
    starts, lengths, size = decode_runs(one.segmentation, where=where)
    if size != (height, width):
        raise FormatError(
            where,
            expected=f"the size of the image, {width} x {height}",
            got=f"{size[1]} x {size[0]}",
        )
    steps = np.zeros(width * height + 1, np.int32)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + lengths, -1)
    mask: NDArray[np.bool_] = np.cumsum(steps[:-1]).reshape(height, width) > 0
    return mask


def _filled(polygons: list[Any], where: str, width: int, height: int) -> NDArray[np.bool_]:
    canvas = Image.new("1", (width, height))
    pen = ImageDraw.Draw(canvas)
    for number, polygon in enumerate(polygons):
        if not _is_polygon(polygon):
            raise FormatError(
                f"{where}[{number}]",
                expected="at least three points x0, y0, x1, y1, ...",
                got=str(polygon)[:60],
            )
        # Pixel indices, as in the published preparation.
        pen.polygon([int(value) for value in polygon], fill=1, outline=1)
    return np.array(canvas, np.bool_)


def _is_polygon(value: Any) -> bool:
    numbers = isinstance(value, list) and all(map(_is_number, value))
    return bool(numbers and len(value) >= 6 and len(value) % 2 == 0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class _Annotations:
    """The lists of a COCO file, with errors that name the entry."""

    def __init__(self, source: Path, tree: Any) -> None:
        if not isinstance(tree, dict):
            raise FormatError(f"{source}", expected="a JSON object", got=type(tree).__name__)
        self.source, self.tree = source, tree

    def list_of(self, key: str) -> list[dict[str, Any]]:
        """A list of JSON objects."""
        found = self.tree.get(key)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise FormatError(
                f"{self.source}: {key}", expected="a list of objects", got=type(found).__name__
            )
        return found

    def value(self, record: dict[str, Any], where: str, key: str, kind: type) -> Any:
        """A value of one type."""
        found = record.get(key)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise self._bad(f"{where}.{key}", kind.__name__, found)
        return found

    def side(self, record: dict[str, Any], where: str, key: str) -> int:
        """A side of an image."""
        found = self.value(record, where, key, int)
        if not 1 <= found <= _LARGEST_SIDE:
            raise self._bad(f"{where}.{key}", f"1 to {_LARGEST_SIDE}", found)
        return int(found)

    def objects_by_image(self) -> dict[int, tuple[list[FutureObject], int]]:
        """Objects with a model and a pose, and the number of other annotations, by image id."""
        names = self._categories()
        found: dict[int, tuple[list[FutureObject], int]] = {}
        for row, record in enumerate(self.list_of("annotations")):
            where = f"annotations[{row}]"
            image = int(self.value(record, where, "image_id", int))
            objects, num_without = found.setdefault(image, ([], 0))
            pose = record.get("pose")
            posed = isinstance(pose, dict) and pose.get("translation") is not None
            if not posed or record.get("model_id") is None:
                found[image] = objects, num_without + 1
                continue
            fov = record.get("fov")
            if fov is not None and not (_is_number(fov) and 0 < fov < math.pi):
                raise self._bad(f"{where}.fov", "an angle between 0 and pi", fov)
            objects.append(
                FutureObject(
                    str(self.value(record, where, "model_id", str)),
                    names.get(record.get("category_id"), ""),
                    self._vector(pose, f"{where}.pose", "translation"),
                    self._vector(pose, f"{where}.pose", "euler"),
                    record.get("segmentation"),
                    fov,
                    f"{self.source}: {where}",
                )
            )
        return found

    def _categories(self) -> dict[Any, str]:
        records: Sequence[Any] = self.tree.get("categories") or ()
        entries = [one for one in records if isinstance(one, dict)]
        return {
            one.get("id"): next(
                (
                    text
                    for key in ("category_name", "name", "fine_category_name")
                    if isinstance(text := one.get(key), str)
                ),
                "",
            )
            for one in entries
        }

    def _vector(self, pose: Any, where: str, key: str) -> Vector:
        found = pose.get(key)
        if not isinstance(found, list) or len(found) != 3 or not all(map(_is_number, found)):
            raise self._bad(f"{where}.{key}", "three numbers", found)
        x, y, z = map(float, found)
        return x, y, z

    def _bad(self, where: str, expected: str, found: Any) -> FormatError:
        return FormatError(f"{self.source}: {where}", expected=expected, got=str(found)[:60])
