"""TRELLIS, SceneGen and I-Scene: three configurations of one conditional flow, by their files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scenewright.core import ConventionError, Progress, WeightsError, no_progress
from scenewright.geometry.layouts import poses_to_scene
from scenewright.models.cards import CARDS
from scenewright.models.generated import (
    GeneratedObject,
    GeneratedScene,
    ScenePicture,
    check_pictures,
)
from scenewright.models.generators.checkpoints import check_format
from scenewright.models.generators.conditions import PictureTokens
from scenewright.models.generators.config import GeneratorConfig
from scenewright.models.generators.encoders import geometry_file, image_encoder_file
from scenewright.models.generators.memory import Load, check_memory, network_need
from scenewright.models.generators.network_store import NetworkStore
from scenewright.models.generators.packages import (
    DECODERS,
    Package,
    PipelineFiles,
    SamplerFile,
)
from scenewright.models.generators.sampling import (
    decoded_gaussians,
    decoded_mesh,
    latent_noise,
    occupied_voxels,
    sample_latents,
    sample_structures,
    voxel_grid,
)
from scenewright.models.networks.dinov2 import DinoV2
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.samplers import SamplerSettings
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.sparse import SparseTensor

ENCODER, GEOMETRY = "image encoder", "geometry"
STRUCTURE, STRUCTURE_DECODER, LATENTS = (
    "sparse_structure_flow_model", "sparse_structure_decoder", "slat_flow_model",
)  # fmt: skip
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_SPECIAL_TOKENS = 1
"""The class token, beside the registers and the patches."""


class SceneFlowGenerator(ABC):
    """Pictures to objects: structure, structured latents, Gaussians and meshes.

    Args:
        config: How a scene is sampled; None takes the defaults.
        weights: Reference of the package; None takes that of the card.
        encoder_weights: Reference of the image encoder, where it is not in the package.
        geometry_weights: Reference of VGGT, where it is used.
        base_weights: Reference of the package of TRELLIS that this one extends, where it does.
        device: Torch device.
        dtype: float32, bfloat16 or float16; None takes float32 on a CPU and float16 elsewhere.
        changes: Fields of the configuration to change.

    Raises:
        ConventionError: A value is out of range, or there is no such device or type.
        WeightsError: Weights are missing, refused, or those of another model.
    """

    CONFIG: ClassVar[type[GeneratorConfig]] = GeneratorConfig
    NAME: ClassVar[str]
    FRAME: ClassVar[str] = ""
    INDEX: ClassVar[str]

    def __init__(
        self,
        config: GeneratorConfig | None = None,
        *,
        weights: str | None = None,
        encoder_weights: str | None = None,
        geometry_weights: str | None = None,
        base_weights: str | None = None,
        device: str = "cpu",
        dtype: str | None = None,
        **changes: Any,
    ) -> None:
        self.config = replace(config or GeneratorConfig(), **changes)
        torch_device = _as_device(device)
        chosen = dtype or ("float32" if torch_device.type == "cpu" else "float16")
        if chosen not in _DTYPES:
            raise ConventionError("dtype", expected=f"one of {', '.join(_DTYPES)}", got=chosen)
        reference = weights or str(CARDS[self.NAME].weights)
        package = Package.open(reference, backend=self.NAME, index=self.INDEX)
        self._pipeline = self._read(package, base_weights)
        files = dict(self._pipeline.networks)
        files[ENCODER] = self._pipeline.conditioner or image_encoder_file(
            encoder_weights, backend=self.NAME
        )
        if self._uses_geometry:
            files[GEOMETRY] = geometry_file(
                geometry_weights, named=self._pipeline.geometry, backend=self.NAME
            )
        for file in files.values():
            check_format(file.path, allow_pickles=self.config.allow_pickles)
        self._networks = NetworkStore(
            files, _DTYPES[chosen], torch_device, self.config.low_memory, self.config.allow_pickles
        )
        self._flow_config = cast(SceneFlow, self._networks.blank(STRUCTURE)).config
        self._check_kind()

    _uses_geometry: ClassVar[bool] = False

    @abstractmethod
    def _read(self, package: Package, base: str | None) -> PipelineFiles:
        """The files of the package."""

    @abstractmethod
    def _fits(self) -> bool:
        """Whether the flow of the package is that of this model."""

    @abstractmethod
    def _tokens_of(
        self, picture: ScenePicture, encoder: DinoV2, done: Callable[[], object]
    ) -> PictureTokens:
        """The tokens of a picture, without those of geometry."""

    @abstractmethod
    def _crops_of(self, num_objects: int) -> int:
        """How many crops of a picture are encoded."""

    def memory_gb(self, num_objects: int, num_pictures: int = 1, *, num_pixels: int = 0) -> float:
        """Estimated need of memory, gigabytes.

        Args:
            num_objects: Number of objects.
            num_pictures: Number of pictures.
            num_pixels: Of all pictures together.

        Raises:
            ScenewrightError: The device has less.
        """
        blanks = {name: self._networks.blank(name) for name in self._networks.files}
        load = self._load_of(blanks, num_objects, num_pictures)
        return check_memory(
            self.NAME,
            {name: network_need(blank, load) for name, blank in blanks.items()},
            objects=num_objects,
            low_memory=self.config.low_memory,
            device=self._networks.device,
            pixels=num_pixels,
        )

    @torch.inference_mode()
    def generate(
        self, *pictures: ScenePicture, seed: int = 0, progress: Progress = no_progress
    ) -> GeneratedScene:
        """Generates a scene; see `SceneGenerator`.

        Raises:
            ConventionError: The pictures have different objects, too many, or unusable masks.
            ScenewrightError: There is not enough memory, or no object has a shape.
            WeightsError: A weight file is damaged or belongs to another network.
        """
        count = check_pictures(pictures)
        if count > self.config.max_objects:
            raise ConventionError(
                "Objects of a scene",
                expected=f"at most {self.config.max_objects}",
                got=str(count),
                do="Leave masks out, or raise --max-objects (max_objects); time and memory grow "
                "with the number.",
            )
        order = first_object(pictures[0], self.config.order)
        ordered = [picture.chosen(order) for picture in pictures]
        pixels = sum(each.image[..., 0].size for each in pictures)
        need = self.memory_gb(count, len(pictures), num_pixels=pixels)
        tokens = self._tokens(ordered, progress)
        structure = self._settings("structure")
        latents, poses = self._networks.run(
            STRUCTURE,
            lambda flow: sample_structures(flow, tokens, structure, seed=seed, progress=progress),
        )
        voxels = self._networks.run(
            STRUCTURE_DECODER, lambda decoder: occupied_voxels(decoder, latents)
        )
        found = [number for number in range(count) if len(voxels[number])]
        parts = (
            self._shapes(
                [voxels[i] for i in found], [each.latents[found] for each in tokens], seed, progress
            )
            if found
            else []
        )
        matrices, is_repaired = self._matrices(poses, count)
        objects = tuple(
            replace(part, number=int(order[i]), pose=matrices[i])
            for i, part in zip(found, parts, strict=True)
            if len(part.mesh.faces)
        )
        if not objects:
            raise ConventionError(
                "The generated shapes", expected="occupied voxels and a surface",
                got="none for any object", do="Try another --seed, or other masks.",
            )  # fmt: skip
        made = {each.number for each in objects}
        missing = tuple(int(number) for number in sorted(order) if number not in made)
        hashes = dict(self._networks.hashes)
        repaired = {int(number) for number in order[is_repaired]} & made
        return GeneratedScene(objects, missing, self.FRAME, hashes, need, tuple(sorted(repaired)))

    def _matrices(
        self, poses: Tensor | None, count: int
    ) -> tuple[Sequence[NDArray[np.float64] | None], NDArray[np.bool_]]:
        """Placements, and whether each had no usable scale or rotation."""
        if poses is not None:
            found = poses_to_scene(poses.double().cpu().numpy())
            return list(found.scene_from_object), found.repaired
        return [np.eye(4) if self.FRAME else None] * count, np.zeros(count, np.bool_)

    def _tokens(self, pictures: Sequence[ScenePicture], progress: Progress) -> list[PictureTokens]:
        total = len(pictures) * (self._crops_of(len(pictures[0].masks)) + self._uses_geometry)
        counter = _Counter("pictures", total, progress)
        tokens = self._networks.run(
            ENCODER,
            lambda encoder: [self._tokens_of(each, encoder, counter) for each in pictures],
        )
        return self._with_geometry(tokens, pictures, counter)

    def _with_geometry(
        self,
        tokens: list[PictureTokens],
        pictures: Sequence[ScenePicture],
        done: Callable[[], object],
    ) -> list[PictureTokens]:
        return tokens

    def _settings(self, stage: str) -> SamplerSettings:
        published: SamplerFile = self._pipeline.samplers[stage]
        config = self.config
        return SamplerSettings(
            steps=config.steps or published.steps,
            guidance=published.guidance if config.guidance is None else config.guidance,
            interval=published.interval,
            rescale=published.rescale,
            sigma_min=published.sigma_min,
        )

    def _shapes(
        self,
        voxels: Sequence[Tensor],
        tokens: Sequence[Tensor],
        seed: int,
        progress: Progress,
    ) -> list[GeneratedObject]:
        """Structured latents and shapes of objects that have voxels."""
        sets = self._latents(voxels, tokens, seed, progress)
        mean, std = (
            torch.tensor(values, device=self._networks.device)
            for values in (self._pipeline.mean, self._pipeline.std)
        )
        latents = [each.replace(each.feats * std + mean) for each in sets]
        counter = _Counter("shapes", 2 * len(latents), progress)
        clouds = self._networks.run(
            DECODERS[0],
            lambda decoder: [_counted(decoded_gaussians(decoder, x), counter) for x in latents],
        )
        meshes = self._networks.run(
            DECODERS[1],
            lambda decoder: [_counted(decoded_mesh(decoder, x), counter) for x in latents],
        )
        resolution = cast(SlatFlow, self._networks.blank(LATENTS)).config.resolution
        return [
            GeneratedObject(
                0, each.grid.coords[:, 1:].cpu().numpy(), resolution, mesh=mesh, gaussians=cloud
            )
            for each, mesh, cloud in zip(latents, meshes, clouds, strict=True)
        ]

    def _latents(
        self,
        voxels: Sequence[Tensor],
        tokens: Sequence[Tensor],
        seed: int,
        progress: Progress,
    ) -> list[SparseTensor]:
        """Structured latents, an object per tensor."""
        settings = self._settings("latents")
        groups = [[i] for i in range(len(voxels))]
        if not self.config.low_memory:
            groups = [list(range(len(voxels)))]

        def sampled(flow: SlatFlow) -> list[SparseTensor]:
            noise = latent_noise(voxels, flow.config.in_channels, seed=seed)
            result: list[SparseTensor] = []
            for group in groups:
                joint = sample_latents(
                    flow,
                    [voxels[i] for i in group],
                    [each[group] for each in tokens],
                    settings,
                    noise=[noise[i] for i in group],
                    progress=progress,
                )
                result += [
                    SparseTensor(joint.feats[rows], voxel_grid([voxels[i]]))
                    for i, rows in zip(group, joint.grid.slices, strict=True)
                ]
            return result

        return self._networks.run(LATENTS, sampled)

    def _load_of(
        self, blanks: Mapping[str, nn.Module], num_objects: int, num_pictures: int
    ) -> Load:
        encoder = cast(DinoV2, blanks[ENCODER]).config
        patches = (encoder.img_size // encoder.patch_size) ** 2
        tokens = _SPECIAL_TOKENS + encoder.register_tokens + patches
        is_global = self._flow_config.global_context is not None
        return Load(
            num_objects,
            num_pictures,
            own_tokens=2 * tokens if is_global else tokens,
            latent_tokens=tokens,
            shared_tokens=3 * tokens if is_global else 0,
            one_by_one=self.config.low_memory,
            latent_side=self._flow_config.resolution,
        )

    def _check_kind(self) -> None:
        if not self._fits():
            raise WeightsError(
                f"Weights of backend '{self.NAME}'",
                expected=f"a flow of {self.NAME.partition('/')[2]}",
                got=f"one {_kind(self._flow_config)}",
                do="Choose the backend that the weights were made for; see 'scenewright models "
                "list'.",
            )


class _Counter:
    """Counts finished units of a stage."""

    def __init__(self, stage: str, total: int, progress: Progress) -> None:
        self._stage, self._total, self._progress = stage, total, progress
        self._done = 0

    def __call__(self) -> None:
        self._done += 1
        self._progress(self._stage, self._done, self._total, self._stage)


def _counted(value: Any, counter: _Counter) -> Any:
    counter()
    return value


def _kind(config: Any) -> str:
    if config.global_context is not None:
        return "with global attention (SceneGen)"
    if config.scene_context is not None:
        return "with scene context (I-Scene)"
    return "without context (TRELLIS)"


def first_object(picture: ScenePicture, order: str) -> NDArray[np.int64]:
    """The positions of the masks, that of the first object in front.

    Args:
        picture: The first picture.
        order: One of `ORDERS`.
    """
    areas = picture.masks.areas()
    first = {"largest": int(areas.argmax()), "smallest": int(areas.argmin()), "given": 0}[order]
    others = [i for i in range(len(areas)) if i != first]
    return np.array([first, *others], np.int64)


def _as_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConventionError(
            "device", expected="a device of torch, such as cpu or cuda", got=f"{name} ({reason})"
        ) from error
    return device
