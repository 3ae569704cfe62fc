"""COCO files: annotations of one frame or of all frames of a capture, with their categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenewright.core import FormatError
from scenewright.io.jsonio import read_json
from scenewright.models.classical.mask_names import category_names


@dataclass(frozen=True)
class Annotations:
    """The annotations of one frame.

    Attributes:
        rows: As the file holds them.
        where: Name of the list in error messages.
        categories: Category name by id; empty if the file has none.
    """

    rows: list[Any]
    where: str
    categories: Mapping[int, str] = field(default_factory=dict)


def is_coco_of_capture(content: Any) -> bool:
    """Whether JSON content is a COCO file of several images."""
    return isinstance(content, dict) and isinstance(content.get("images"), list)


def read_annotations(path: Path) -> Annotations:
    """Reads the annotations of one frame: a list, or an object with ``annotations``.

    Raises:
        FormatError: The file is neither.
    """
    content = read_json(path)
    rows = content.get("annotations") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        is_labelme = isinstance(content, dict) and "shapes" in content
        raise FormatError(
            f"{path}",
            expected="a list of annotations or an object with 'annotations'",
            got="a file of LabelMe" if is_labelme else f"{type(content).__name__}",
            do="Convert its polygons to COCO with run lengths, or draw them into id maps (PNG)."
            if is_labelme
            else None,
        )
    return Annotations(rows, str(path), _categories(content, path))


def read_coco_of_capture(path: Path) -> dict[str, Annotations]:
    """Frame name -> annotations, of a COCO file with ``images`` and ``annotations``.

    Raises:
        FormatError: The file is not such a file.
    """
    content = read_json(path)
    if not is_coco_of_capture(content) or not isinstance(content.get("annotations"), list):
        raise FormatError(
            f"{path}", expected="an object with 'images' and 'annotations'", got="other JSON"
        )
    categories = _categories(content, path)
    names: dict[Any, str] = {}
    result: dict[str, Annotations] = {}
    for image in content["images"]:
        if not isinstance(image, dict) or not {"id", "file_name"} <= image.keys():
            raise FormatError(f"{path}", expected="images with id and file_name", got=f"{image!r}")
        name = Path(str(image["file_name"])).stem
        if name in result:
            raise FormatError(f"{path}", expected="one image per name", got=f"'{name}' twice")
        names[image["id"]] = name
        result[name] = Annotations([], f"{path}, image '{name}'", categories)
    for annotation in content["annotations"]:
        image_id = annotation.get("image_id") if isinstance(annotation, dict) else None
        if image_id not in names:
            raise FormatError(f"{path}", expected="a known image_id", got=f"{image_id!r}")
        result[names[image_id]].rows.append(annotation)
    return result


def _categories(content: Any, path: Path) -> dict[int, str]:
    if not isinstance(content, dict) or content.get("categories") is None:
        return {}
    return category_names(content["categories"], f"{path}")
