"""What the flows see of the scenes of a folder of generation data, encoded once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from scenewright.core import CaptureError, ConventionError, FormatError, MaskSet, Progress
from scenewright.data.generation import GenerationDataset, GenerationObject, GenerationScene
from scenewright.data.generation.poses import relative_poses
from scenewright.geometry.surface_voxels import occupancy_grid
from scenewright.io import write_bytes
from scenewright.models.generated import ScenePicture
from scenewright.models.generators.conditions import (
    PictureTokens,
    geometry_tokens,
    scene_tokens,
    slot_tokens,
    with_geometry,
)
from scenewright.models.generators.encoders import geometry_file
from scenewright.models.generators.network_store import NetworkStore
from scenewright.models.networks.data_encoders import GridEncoder
from scenewright.training.processes import Part
from scenewright.training.tasks.sceneflow.config import SCENEGEN, SceneFlowTrainingConfig
from scenewright.training.tasks.sceneflow.slots import placed_grids
from scenewright.training.tasks.sceneflow.starting import BACKENDS, Start

_ENCODER, _GEOMETRY = "image encoder", "geometry"
_SIDE = 64
"""Voxels per side of the grids of the data."""
_SUFFIX = ".safetensors"
_POSES = ("translations", "rotations", "scales")


@dataclass(frozen=True, eq=False)
class EncodedScene:
    """A scene as the networks see it; objects in the order of the table.

    Attributes:
        tokens: (N, T, C) condition tokens of each object, or (N, 3, T, C) of its slots.
        shared: (S, C) tokens that follow those of every object; S is 0 with slots.
        latents: (N, 8, r, r, r), or (N, 3, 8, r, r, r) of its slots.
        translations: (N, 3) float64, see `relative_poses`.
        rotations: (N, 3) float64.
        scales: (N,) float64.
    """

    tokens: Tensor
    shared: Tensor
    latents: Tensor
    translations: Tensor
    rotations: Tensor
    scales: Tensor

    def poses(self, order: NDArray[np.int64]) -> Tensor:
        """(len(order), 8) float32 poses of some objects, relative to the first of them."""
        t, r, s = (getattr(self, name).numpy()[order] for name in _POSES)
        return torch.from_numpy(relative_poses(t, r, s)).float()


class SceneStore:
    """The scenes of a folder, encoded by the networks of a package.

    Args:
        data: Folder in the layout of SceneGen.
        start: The package, and the places of the other networks.
        folder: Folder in which encoded scenes are kept.
        config: Of the training.
        device: Where networks run.

    Attributes:
        train: Names of the scenes for training.
        held_out: Names of the scenes for validation.

    Raises:
        FormatError: The table is missing or damaged.
        CaptureError: There are too few scenes with poses, of two objects for SceneGen.
    """

    def __init__(
        self,
        data: str | Path,
        start: Start,
        folder: Path,
        *,
        config: SceneFlowTrainingConfig,
        device: torch.device,
    ) -> None:
        self._start = start
        self._folder = folder
        self._config = config
        self._device = device
        self._has_slots = config.recipe != SCENEGEN
        self._data = GenerationDataset(
            data, min_aesthetic_score=config.least_score, with_features=not self._has_slots
        )
        least = 1 if self._has_slots else 2
        found = [
            name for name in self._data.scene_ids
            if self._data.num_objects(name) >= least and self._data.is_posed(name)
        ]  # fmt: skip
        if len(found) <= config.held_out:
            raise CaptureError(
                f"{data}",
                expected=f"more than {config.held_out} scenes of at least {least} objects",
                got=str(len(found)),
                do="Add scenes, hold fewer out (--held-out, held_out), or keep objects with lower "
                "scores (--least-score, least_score).",
            )
        self.train = tuple(found[: -config.held_out])
        self.held_out = tuple(found[-config.held_out :])
        self._networks: NetworkStore | None = None
        self._grids: GridEncoder | None = None

    def num_objects(self, name: str) -> int:
        """Number of objects of a scene."""
        return self._data.num_objects(name)

    def prepare(self, part: Part, *, progress: Progress) -> None:
        """Encodes a share of the scenes that are not encoded yet, if encoded scenes are kept.

        Raises:
            FormatError: A file of a scene is missing or damaged; the message names it.
            WeightsError: Weights of an encoder are missing, refused or damaged.
        """
        if not self._config.cache:
            return
        names = [*self.train, *self.held_out][part.number :: part.total]
        missing = [name for name in names if not self._file(name).is_file()]
        for done, name in enumerate(missing, start=1):
            self.read(name)
            progress("encode", done, len(missing), "scenes")
        # The encoders are not needed again.
        self._networks = self._grids = None

    def read(self, name: str) -> EncodedScene:
        """A scene, encoded now if it is not kept; kept from then on if the configuration says so.

        Raises:
            FormatError: A file of the scene is missing or damaged; the message names it.
            WeightsError: Weights of an encoder are missing, refused or damaged.
        """
        path = self._file(name)
        if path.is_file():
            return _read(path)
        with torch.inference_mode():
            encoded = self._encoded(name)
        # Tensors of inference cannot be part of a graph.
        encoded = EncodedScene(**{key: value.clone() for key, value in vars(encoded).items()})
        if self._config.cache:
            arrays = {key: _narrow(key, value) for key, value in vars(encoded).items()}
            write_bytes(path, save(arrays))
            return EncodedScene(**arrays)
        return encoded

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _encoded(self, name: str) -> EncodedScene:
        scene = self._data.scene(name)
        tokens = self._tokens(scene)
        latents = self._slots_of(scene) if self._has_slots else self._latents_of(scene)
        shared = tokens.shared
        if shared is None:
            shared = tokens.structure.new_zeros(0, tokens.structure.shape[-1])
        poses = {
            key: torch.from_numpy(np.array([getattr(each, key[:-1]) for each in scene.objects]))
            for key in _POSES
        }
        return EncodedScene(tokens.structure.cpu(), shared.cpu(), latents, **poses)

    def _tokens(self, scene: GenerationScene) -> PictureTokens:
        masks = [each.mask for each in scene.objects]
        found = [mask for mask in masks if mask is not None]
        if len(found) < len(masks) or not all(mask.any() for mask in found):
            raise FormatError(
                f"Scene {scene.scene_id}", expected="a mask with pixels for each object", got="none"
            )
        cutouts = tuple(each.cutout for each in scene.objects)
        picture = ScenePicture(scene.image, MaskSet.from_dense(np.stack(found)), cutouts)
        store = self._store()
        if self._has_slots:
            slots: PictureTokens = store.run(
                _ENCODER, lambda encoder: slot_tokens(picture, encoder, done=_nothing)
            )
            return slots
        tokens = store.run(_ENCODER, lambda encoder: scene_tokens(picture, encoder, done=_nothing))
        if scene.features is not None:
            return with_geometry(tokens, torch.from_numpy(scene.features[0]).to(self._device))
        if _GEOMETRY not in store.files:
            start = self._start
            store.files[_GEOMETRY] = geometry_file(
                start.places.geometry, named=start.files.geometry, backend=BACKENDS[SCENEGEN]
            )
        return with_geometry(
            tokens, store.run(_GEOMETRY, lambda network: geometry_tokens(picture, network))
        )

    def _latents_of(self, scene: GenerationScene) -> Tensor:
        """Canonical latents, those of the data where there are any."""
        rows = [
            self._code(_grid(each, scene), scene) if each.latent is None else each.latent
            for each in scene.objects
        ]
        return torch.from_numpy(np.stack(rows))

    def _slots_of(self, scene: GenerationScene) -> Tensor:
        """Latents of each object in the cube of the scene, of the scene, and of the object."""
        for each in scene.objects:
            _grid(each, scene)
        placed = placed_grids(
            [each.voxels for each in scene.objects if each.voxels is not None],
            np.stack([each.translation for each in scene.objects]),
            np.stack([each.rotation for each in scene.objects]),
            np.array([each.scale for each in scene.objects]),
            resolution=_SIDE, level=self._config.level_axes,
        )  # fmt: skip
        whole = self._code(np.logical_or.reduce(placed.objects), scene)
        canonical = self._latents_of(scene)
        inside = [torch.from_numpy(self._code(each, scene)) for each in placed.objects]
        rows = [
            torch.stack([one, torch.from_numpy(whole), other])
            for one, other in zip(inside, canonical, strict=True)
        ]
        return torch.stack(rows)

    def _code(self, grid: NDArray[np.bool_], scene: GenerationScene) -> NDArray[np.float32]:
        if self._grids is None:
            reference = self._start.places.structure
            if reference is None:
                raise ConventionError(
                    f"The shapes of scene {scene.scene_id}",
                    expected="latents, or an encoder of occupancy grids", got="neither",
                    do="Name the encoder: --structure-weights hub:microsoft/TRELLIS-image-large:"
                    "ckpts/ss_enc_conv3d_16l8_fp16.safetensors",
                )  # fmt: skip
            self._grids = GridEncoder(reference, device=str(self._device))
        return self._grids(grid)

    def _store(self) -> NetworkStore:
        if self._networks is None:
            self._networks = NetworkStore(
                {_ENCODER: self._start.encoder}, torch.float32, self._device, False,
                self._start.places.allow_pickles,
            )  # fmt: skip
        return self._networks


def _grid(one: GenerationObject, scene: GenerationScene) -> NDArray[np.bool_]:
    if one.voxels is None or not len(one.voxels):
        raise FormatError(
            f"Object {one.model_id} of scene {scene.scene_id}", expected="occupied voxels",
            got="none", do="Make the data again with voxels.",
        )  # fmt: skip
    return occupancy_grid(one.voxels, resolution=_SIDE)


def _narrow(name: str, value: Tensor) -> Tensor:
    """Tokens take half the room; nothing else is large."""
    return value.half().contiguous() if name in ("tokens", "shared") else value.contiguous()


def _read(path: Path) -> EncodedScene:
    try:
        with safe_open(path, framework="pt") as file:
            arrays = {key: file.get_tensor(key) for key in file.keys()}
        return EncodedScene(**arrays)
    except (OSError, SafetensorError, TypeError) as error:
        raise FormatError(
            f"{path}", expected="an encoded scene", got=f"{error}",
            do="Delete it; it is made again.",
        ) from error  # fmt: skip


def _nothing() -> None:
    """Nobody counts the pictures of one scene."""
