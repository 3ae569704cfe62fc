"""The tables of generation data: one row per object of a scene, and one row per distinct object."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenewright.core import FormatError
from scenewright.data.generation.folders import LATENTS
from scenewright.io import reading, write_text

_OBJECT_COLUMNS = (
    "sha256", "file_identifier", "aesthetic_score", "captions", "rendered", "voxelized",
    "num_voxels", "cond_rendered", "local_path",
)  # fmt: skip
_SCENE_COLUMNS = (
    "scene_id", "model_id", "translation", "rotation", "scale", "vggt_feature",
    "masked_image_path", "scene_image_path",
)  # fmt: skip
_REQUIRED = (
    "scene_id", "model_id", "translation", "rotation", "scale", "masked_image_path",
    "scene_image_path", "sha256",
)  # fmt: skip
_NO_VALUES = ("", "False", "nan")
_LONGEST_CELL = 10_000_000

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class ObjectRow:
    """A distinct object.

    Attributes:
        sha256: Hash of its mesh file; names its files of voxels and latents.
        file_identifier: Name of its collection and its model id, such as
            ``"3D-FUTURE-model/ID"``.
        num_voxels: Number of occupied voxels, 0 if it has none.
        captions: Descriptions.
        local_path: File of its mesh.
        aesthetic_score: SceneGen leaves out objects below 4.5; NaN = unknown.
    """

    sha256: str
    file_identifier: str = ""
    num_voxels: int = 0
    captions: tuple[str, ...] = ()
    local_path: str = ""
    aesthetic_score: float = math.nan

    def cells(self, latents: Mapping[str, bool]) -> dict[str, str]:
        """The row by column; `latents` says by name of the encoder whether there is a latent."""
        score = "" if math.isnan(self.aesthetic_score) else repr(self.aesthetic_score)
        return {
            "sha256": self.sha256,
            "file_identifier": self.file_identifier,
            "aesthetic_score": score,
            "captions": json.dumps(list(self.captions), ensure_ascii=False),
            # No pictures of single objects from all sides are made.
            "rendered": "False",
            "voxelized": str(self.num_voxels > 0),
            "num_voxels": str(self.num_voxels),
            # SceneGen reads rows with True only; the pictures are the masked images.
            "cond_rendered": "True",
            "local_path": self.local_path,
            **{latent_column(name): str(exists) for name, exists in latents.items()},
        }


@dataclass(frozen=True)
class SceneRow:
    """An object in a scene.

    Attributes:
        scene_id: Name of the scene.
        model_id: Name of the object.
        translation: Center of the object in the camera frame, meters; None in the rows of single
            objects.
        rotation: x-y-z Euler angles, degrees; None in the rows of single objects.
        scale: Longest extent of its mesh, meters; None in the rows of single objects.
        masked_image_path: Picture of the object alone, relative to the root.
        scene_image_path: Picture of the scene, relative to the root.
        sha256: The object.
        vggt_feature: File of features of the scene image, or "".
        has_latent: Whether the table says that there is a latent; None if it says nothing.
        voxelized: Whether the table says that there are voxels; None if it says nothing.
        aesthetic_score: NaN = unknown.
        captions: Descriptions of the object.
        number: Row in the table, from 1; 0 if it was not read from one.
    """

    scene_id: str
    model_id: str
    translation: Vector | None
    rotation: Vector | None
    scale: float | None
    masked_image_path: str
    scene_image_path: str
    sha256: str
    vggt_feature: str = ""
    has_latent: bool | None = None
    voxelized: bool | None = None
    aesthetic_score: float = math.nan
    captions: tuple[str, ...] = ()
    number: int = 0

    def cells(self, owner: ObjectRow, latents: Mapping[str, bool]) -> dict[str, str]:
        """The row by column; columns that are about the object alone come from `owner`."""
        return {
            "scene_id": self.scene_id,
            "model_id": self.model_id,
            "translation": "False" if self.translation is None else _vector(self.translation),
            "rotation": "False" if self.rotation is None else _vector(self.rotation),
            "scale": "False" if self.scale is None else repr(self.scale),
            "vggt_feature": self.vggt_feature,
            "masked_image_path": self.masked_image_path,
            "scene_image_path": self.scene_image_path,
            **owner.cells(latents),
        }


def latent_column(latents: str) -> str:
    """The column that says which objects have latents of an encoder."""
    return f"ss_latent_{latents}"


def write_object_table(
    path: Path, rows: Iterable[Mapping[str, str]], *, latents: Sequence[str] = (LATENTS,)
) -> None:
    """Writes metadata.csv, atomically, with a column for each encoder in `latents`."""
    _write(path, (*_OBJECT_COLUMNS, *map(latent_column, latents)), rows)


def write_scene_table(
    path: Path, rows: Iterable[Mapping[str, str]], *, latents: Sequence[str] = (LATENTS,)
) -> None:
    """Writes metadata_scene.csv, atomically, with a column for each encoder in `latents`."""
    _write(path, (*_SCENE_COLUMNS, *_OBJECT_COLUMNS, *map(latent_column, latents)), rows)


def read_scene_table(path: Path, *, latents: str = LATENTS) -> list[SceneRow]:
    """Reads metadata_scene.csv; columns in any order, unknown ones are ignored.

    Args:
        path: The table.
        latents: Name of the encoder whose column says which objects have latents.

    Raises:
        FormatError: The table is missing or damaged, lacks columns, or a row has a bad value; the
            message names the row.
    """
    rows = []
    for number, cells in enumerate(_read(path, _REQUIRED), start=1):
        row = _Cells(path, number, cells)
        single = cells["translation"] in _NO_VALUES
        rows.append(
            SceneRow(
                scene_id=row.text("scene_id"),
                model_id=row.text("model_id"),
                translation=None if single else row.vector("translation"),
                rotation=None if single else row.vector("rotation"),
                scale=None if single else row.positive("scale"),
                masked_image_path=row.text("masked_image_path"),
                scene_image_path=row.text("scene_image_path"),
                sha256=row.text("sha256"),
                vggt_feature=cells.get("vggt_feature", ""),
                has_latent=row.flag(latent_column(latents)),
                voxelized=row.flag("voxelized"),
                aesthetic_score=row.number("aesthetic_score"),
                captions=row.words("captions"),
                number=number,
            )
        )
    return rows


def read_object_table(path: Path) -> list[ObjectRow]:
    """Reads metadata.csv.

    Raises:
        FormatError: The table is missing or damaged, lacks columns, or a row has a bad value; the
            message names the row.
    """
    rows = []
    for number, cells in enumerate(_read(path, ("sha256", "file_identifier")), start=1):
        row = _Cells(path, number, cells)
        count = row.number("num_voxels")
        rows.append(
            ObjectRow(
                sha256=row.text("sha256"),
                file_identifier=row.text("file_identifier"),
                num_voxels=0 if math.isnan(count) else int(count),
                captions=row.words("captions"),
                local_path=cells.get("local_path", ""),
                aesthetic_score=row.number("aesthetic_score"),
            )
        )
    return rows


def row_name(path: Path, row: SceneRow) -> str:
    """How messages name a row."""
    return f"{path}, row {row.number} (scene {row.scene_id})"


class _Cells:
    """The cells of one row as values, with errors that name the row and the column."""

    def __init__(self, path: Path, number: int, cells: Mapping[str, str]) -> None:
        self.where = f"{path}, row {number}"
        self.cells = cells

    def text(self, column: str) -> str:
        """A text that is not empty."""
        value = self.cells[column]
        if not value:
            raise self._bad(column, "a value")
        return value

    def vector(self, column: str) -> Vector:
        """Three numbers in brackets."""
        try:
            values = json.loads(self.cells[column])
            x, y, z = (float(value) for value in values)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._bad(column, "three numbers such as [0.1, 0.2, -3.0]") from error
        if not all(map(math.isfinite, (x, y, z))):
            raise self._bad(column, "finite numbers")
        return x, y, z

    def positive(self, column: str) -> float:
        """A number above 0."""
        value = self.number(column)
        if not (math.isfinite(value) and value > 0):
            raise self._bad(column, "a number above 0")
        return value

    def number(self, column: str) -> float:
        """A number; NaN if the cell is empty or there is no such column."""
        text = self.cells.get(column, "")
        if text in _NO_VALUES:
            return math.nan
        try:
            return float(text)
        except ValueError as error:
            raise self._bad(column, "a number") from error

    def flag(self, column: str) -> bool | None:
        """True or False; None if the cell is empty or there is no such column."""
        text = self.cells.get(column, "")
        if text not in ("", "True", "False"):
            raise self._bad(column, "True or False")
        return None if not text else text == "True"

    def words(self, column: str) -> tuple[str, ...]:
        """Texts of a JSON list; none if the cell is empty or there is no such column."""
        text = self.cells.get(column, "")
        if not text:
            return ()
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._bad(column, "a JSON list of texts") from error
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._bad(column, "a JSON list of texts")
        return tuple(values)

    def _bad(self, column: str, expected: str) -> FormatError:
        got = self.cells[column]
        return FormatError(
            f"{self.where}, column {column}",
            expected=expected,
            got=f"'{got[:60]}'" if got else "an empty cell",
        )


def _read(path: Path, required: Sequence[str]) -> list[dict[str, str]]:
    with reading(path, "CSV table"):
        text = path.read_text("utf-8-sig")
        csv.field_size_limit(_LONGEST_CELL)
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(lines, [])
        missing = [name for name in required if name not in header]
        if missing:
            raise FormatError(
                f"{path} lacks columns",
                expected=", ".join(required),
                got=f"none called {', '.join(missing)}",
            )
        rows = []
        for number, cells in enumerate(lines, start=1):
            if len(cells) != len(header):
                raise FormatError(
                    f"{path}, row {number}",
                    expected=f"{len(header)} cells",
                    got=str(len(cells)),
                )
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, stream.getvalue())


def _vector(values: Vector) -> str:
    return json.dumps(list(values))
