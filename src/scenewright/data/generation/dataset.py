"""Scenes of a folder of generation data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, FormatError, ScenewrightError, UnknownNameError
from scenewright.data.generation.folders import (
    LATENTS,
    check_split,
    latent_file,
    of_split,
    scene_table,
    voxels_file,
)
from scenewright.data.generation.poses import relative_poses
from scenewright.data.generation.tables import SceneRow, read_scene_table, row_name
from scenewright.data.generation.voxels import read_voxels
from scenewright.io import member_path, reading
from scenewright.io.npz import read_npz
from scenewright.io.pictures import open_picture

_FOREGROUND = 128


@dataclass(frozen=True, eq=False)
class GenerationObject:
    """An object of a scene.

    Attributes:
        model_id: Name of the object.
        sha256: Hash of its mesh file.
        captions: Descriptions; empty if unknown.
        cutout: (518, 518, 4) uint8 RGBA, the object alone, centered.
        mask: (H, W) bool, its pixels in the image of the scene; None in the data of single objects.
        voxels: (V, 3) int32 occupied voxels of its 64^3 cube, z up; None if there are none.
        latent: (8, 16, 16, 16) float32 latent of the cube, or None.
        translation: (3,) camera frame, meters; zero in the data of single objects.
        rotation: (3,) x-y-z Euler angles, degrees; zero in the data of single objects.
        scale: Longest extent, meters; 1 in the data of single objects.
    """

    model_id: str
    sha256: str
    captions: tuple[str, ...]
    cutout: NDArray[np.uint8]
    mask: NDArray[np.bool_] | None
    voxels: NDArray[np.int32] | None
    latent: NDArray[np.float32] | None
    translation: NDArray[np.float64]
    rotation: NDArray[np.float64]
    scale: float


@dataclass(frozen=True, eq=False)
class GenerationScene:
    """A scene: one image and its objects, the query first.

    Attributes:
        scene_id: Name of the scene.
        image: (H, W, 3) uint8 RGB.
        objects: The objects.
        poses: (N, 8) float64 (tx, ty, tz, qw, qx, qy, qz, s) relative to the first object, in units
            of its longest extent; see `relative_poses`.
        features: (1, 1374, 2048) float32 tokens of VGGT, or None.
    """

    scene_id: str
    image: NDArray[np.uint8]
    objects: tuple[GenerationObject, ...]
    poses: NDArray[np.float64]
    features: NDArray[np.float32] | None


class GenerationDataset(Sequence[GenerationScene]):
    """The scenes of a folder, read on access, in the order of the table.

    Args:
        root: Folder with metadata_scene.csv.
        split: ``"train"`` or ``"test"``.
        latents: Name of the encoder whose latents are read, where there are any.
        max_objects: Scenes with more objects are left out; None keeps all.
        min_aesthetic_score: Objects below are left out, those without a score are kept; None keeps
            all. SceneGen uses 4.5.
        with_features: Whether the features of scene images are read, 11 MB each.

    Attributes:
        scene_ids: Names of the scenes.

    Raises:
        UnknownNameError: There is no such split.
        FormatError: The table is missing, lacks columns, or a row has a bad value.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        split: str = "train",
        latents: str = LATENTS,
        max_objects: int | None = None,
        min_aesthetic_score: float | None = None,
        with_features: bool = False,
    ) -> None:
        check_split(split)
        self.root = Path(root)
        self.split = split
        self.latents = latents
        self.with_features = with_features
        self._table = scene_table(self.root, split)
        self._rows: dict[str, list[SceneRow]] = {}
        least = -math.inf if min_aesthetic_score is None else min_aesthetic_score
        for row in read_scene_table(self._table, latents=latents):
            if not row.aesthetic_score < least:
                self._rows.setdefault(row.scene_id, []).append(row)
        for rows in self._rows.values():
            self._check_scene(rows)
        self.scene_ids = tuple(
            name
            for name, rows in self._rows.items()
            if max_objects is None or len(rows) <= max_objects
        )

    def __len__(self) -> int:
        return len(self.scene_ids)

    def num_objects(self, scene_id: str) -> int:
        """Number of objects of a scene, from the table alone."""
        return len(self._rows[scene_id])

    def is_posed(self, scene_id: str) -> bool:
        """Whether the objects of a scene have poses and masks, from the table alone."""
        return self._rows[scene_id][0].translation is not None

    @overload
    def __getitem__(self, index: int) -> GenerationScene: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[GenerationScene, ...]: ...
    def __getitem__(self, index: int | slice) -> GenerationScene | tuple[GenerationScene, ...]:
        if isinstance(index, slice):
            return tuple(self.scene(name) for name in self.scene_ids[index])
        return self.scene(self.scene_ids[index])

    def scene(self, scene_id: str, *, query: int = 0) -> GenerationScene:
        """Reads a scene.

        Args:
            scene_id: Name of the scene.
            query: Object, by row, that poses are relative to; it becomes the first object, and the
                others keep their order.

        Raises:
            UnknownNameError: There is no such scene.
            ConventionError: There is no such object.
            FormatError: A file is missing or damaged; the message names the file and the row.
        """
        if scene_id not in self._rows:
            raise UnknownNameError(
                f"There is no scene '{scene_id}' in {self._table}",
                expected=f"one of its {len(self._rows)} scenes",
            )
        rows = list(self._rows[scene_id])
        if not 0 <= query < len(rows):
            raise ConventionError(
                f"query of scene {scene_id}", expected=f"0 to {len(rows) - 1}", got=str(query)
            )
        rows.insert(0, rows.pop(query))
        with self._naming(rows[0]):
            image = _read_picture(self._file(rows[0].scene_image_path), ("L", "RGB", "RGBA"))
        image = np.dstack([image] * 3) if image.ndim == 2 else image[:, :, :3]
        objects = tuple(self._object(row, image) for row in rows)
        poses = relative_poses(
            np.stack([one.translation for one in objects]),
            np.stack([one.rotation for one in objects]),
            np.array([one.scale for one in objects]),
        )
        return GenerationScene(scene_id, image, objects, poses, self._features(rows[0]))

    def _object(self, row: SceneRow, image: NDArray[np.uint8]) -> GenerationObject:
        with self._naming(row):
            cutout = _read_picture(self._file(row.masked_image_path), ("RGBA",))
            mask = None
            if row.translation is not None:
                stem = row.masked_image_path.rpartition(".")[0]
                mask = self._mask(f"{stem}_mask.png", image)
            voxels_path = self.root / voxels_file(row.sha256)
            voxels = None
            if row.voxelized or voxels_path.is_file():
                voxels = read_voxels(voxels_path)
            latent_path = self.root / latent_file(row.sha256, self.latents)
            latent = None
            if row.has_latent or latent_path.is_file():
                latent = read_npz(latent_path, required=["mean"])["mean"].astype(np.float32)
        return GenerationObject(
            model_id=row.model_id,
            sha256=row.sha256,
            captions=row.captions,
            cutout=cutout,
            mask=mask,
            voxels=voxels,
            latent=latent,
            translation=np.array(row.translation or (0.0, 0.0, 0.0)),
            rotation=np.array(row.rotation or (0.0, 0.0, 0.0)),
            scale=1.0 if row.scale is None else row.scale,
        )

    def _mask(self, name: str, image: NDArray[np.uint8]) -> NDArray[np.bool_]:
        path = self._file(name)
        pixels = _read_picture(path, ("L", "RGB"))
        if pixels.shape[:2] != image.shape[:2]:
            raise FormatError(
                f"{path}",
                expected=f"the size of the scene image, {_size(image)}",
                got=_size(pixels),
            )
        return (pixels if pixels.ndim == 2 else pixels[:, :, 0]) >= _FOREGROUND

    def _features(self, row: SceneRow) -> NDArray[np.float32] | None:
        if not (self.with_features and row.vggt_feature):
            return None
        with self._naming(row):
            path = self._file(row.vggt_feature)
            return read_npz(path, required=["vggt_feature"])["vggt_feature"].astype(np.float32)

    def _file(self, name: str) -> Path:
        """A file that the table names; it must be in the folder.

        The published tables of the test split name the folders of the training split.
        """
        path = member_path(self.root, name, owner=self._table)
        first, slash, rest = name.partition("/")
        if not path.exists() and slash and first in ("masked_images", "vggt_features"):
            moved = self.root / of_split(first, self.split) / rest
            return moved if moved.exists() else path
        return path

    def _check_scene(self, rows: list[SceneRow]) -> None:
        for row in rows[1:]:
            if (row.translation is None) or (rows[0].translation is None):
                raise FormatError(
                    row_name(self._table, row),
                    expected="a pose in every row of a scene with several objects",
                    got="no pose",
                )
            if row.scene_image_path != rows[0].scene_image_path:
                raise FormatError(
                    row_name(self._table, row),
                    expected=f"the scene image of row {rows[0].number}",
                    got=row.scene_image_path,
                )

    @contextmanager
    def _naming(self, row: SceneRow) -> Iterator[None]:
        """Adds the row to errors about its files."""
        try:
            yield
        except ScenewrightError as error:
            raise FormatError(f"{row_name(self._table, row)}: {error}") from error


def _read_picture(path: Path, modes: tuple[str, ...]) -> NDArray[np.uint8]:
    with reading(path, "picture"), open_picture(path) as picture:
        if picture.mode not in modes:
            raise FormatError(
                f"{path}", expected=f"a picture of mode {' or '.join(modes)}", got=picture.mode
            )
        return np.array(picture)


def _size(pixels: NDArray[np.uint8]) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
