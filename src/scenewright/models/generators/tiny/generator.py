"""``generate/tiny``: a scene from a picture with masks, on a laptop, with built-in weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh, Progress, no_progress
from scenewright.geometry.layouts import similarity
from scenewright.geometry.quaternions import quaternion_from_normal
from scenewright.geometry.transforms import transform_points
from scenewright.models.cards import CARDS
from scenewright.models.generated import (
    GaussianCloud,
    GeneratedObject,
    GeneratedScene,
    ScenePicture,
    check_pictures,
)
from scenewright.models.generators.config import GeneratorConfig
from scenewright.models.generators.crops import dense_mask
from scenewright.models.generators.tiny.colors import camera_pitch, painted
from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.inputs import (
    SceneCrops,
    scene_crops,
    scene_cube,
)
from scenewright.models.generators.tiny.sampling import SETTINGS, SampledSlots, sample_slots
from scenewright.models.generators.tiny.settling import Solid, parted, settled
from scenewright.models.generators.tiny.surfaces import grid_surface, occupied_voxels
from scenewright.models.generators.tiny.weights import read_networks
from scenewright.models.networks.samplers import SamplerSettings
from scenewright.models.weights import resolve_weights

MEMORY_GB = 1.0
"""Estimated need of memory for any scene: the networks are small."""
_NAME = "generate/tiny"
_SPREAD = 0.6
"""Standard deviation of a Gaussian along the surface, in voxels."""
_FLAT = 0.15
"""And across it."""
_CUT = -1.0
"""Logit of a voxel that is left to another object."""


@dataclass(frozen=True, eq=False)
class PlacedShape:
    """One object before it has a surface.

    Attributes:
        logits: (32, 32, 32) in its cube.
        pose: (4, 4) similarity from its cube to the scene cube.
        heading: Radians from the x axis of its cube to that of the object.
        colors: (8, 8, 8, 3) expected RGB of the surface in the cells of its cube.
        certainty: Expected overlap of the shape with the true one.
    """

    logits: NDArray[np.float32]
    pose: NDArray[np.float64]
    heading: float
    colors: NDArray[np.float32]
    certainty: float = 1.0


class TinyGenerator:
    """Generates the objects of a picture with small networks.

    Args:
        config: How a scene is sampled; None takes the defaults.
        weights: Reference of the weights; None takes those of the wheel.
        device: Torch device.
        dtype: Only float32.
        changes: Fields of the configuration to change.

    Raises:
        ConventionError: A value is out of range.
        WeightsError: Weights are missing, damaged, or those of another model.
    """

    CONFIG: ClassVar[type[GeneratorConfig]] = GeneratorConfig

    def __init__(
        self,
        config: GeneratorConfig | None = None,
        *,
        weights: str | None = None,
        device: str = "cpu",
        dtype: str | None = None,
        **changes: Any,
    ) -> None:
        self.config = replace(config or GeneratorConfig(), **changes)
        if dtype not in (None, "float32"):
            raise ConventionError("dtype", expected="float32", got=str(dtype))
        card = CARDS[_NAME]
        local = resolve_weights(
            weights or str(card.weights), backend=_NAME, license_name=card.weights_license,
            sha256=card.weights_sha256 if weights is None else None,
        )  # fmt: skip
        self._hash = local.sha256
        self._networks = read_networks(local.path).to(device)
        self._sampler = _sampler(self.config)

    def generate(
        self, *pictures: ScenePicture, seed: int = 0, progress: Progress = no_progress
    ) -> GeneratedScene:
        """Generates a scene; see `SceneGenerator`.

        With `ScenePicture.points` in the first picture, the layout follows the measured points.

        Raises:
            ConventionError: The pictures have different objects, too many, or unusable masks; or
                no object has a shape.
        """
        count = check_pictures(pictures)
        if count > self.config.max_objects:
            raise ConventionError(
                "Objects of a scene", expected=f"at most {self.config.max_objects}",
                got=str(count), do="Leave masks out, or raise --max-objects (max_objects).",
            )  # fmt: skip
        prepared = [prepared_crops(picture) for picture in pictures]
        slots = sample_slots(
            self._networks, [crops for crops, _ in prepared], seed=seed,
            settings=self._sampler, progress=progress,
        )  # fmt: skip
        crops = prepared[0][0]
        shapes = placed_shapes(slots)
        if not shapes:
            raise ConventionError(
                "The generated shapes", expected="occupied voxels", got="none for any object",
                do="Try another --seed, or other masks.",
            )  # fmt: skip
        objects = _finished(shapes, crops, progress)
        missing = tuple(number for number in range(count) if number not in shapes)
        return GeneratedScene(
            tuple(objects), missing, "scene cube", {"generate-tiny": self._hash}, MEMORY_GB
        )


def _sampler(config: GeneratorConfig) -> SamplerSettings | None:
    """Settings of the flow; None without it, which is the default."""
    if config.steps is None:
        if config.guidance is not None:
            raise ConventionError(
                "guidance", expected="steps too, since it is of the flow", got="no steps",
                do="Leave --guidance out, or give --steps and weights with a flow.",
            )  # fmt: skip
        return None
    guidance = SETTINGS.guidance if config.guidance is None else config.guidance
    return replace(SETTINGS, steps=config.steps, guidance=guidance)


def prepared_crops(picture: ScenePicture) -> tuple[SceneCrops, NDArray[np.float64] | None]:
    """The crops of a picture, and the similarity from its points to the scene cube.

    Args:
        picture: With points or without; without, the similarity is None.
    """
    masks = [dense_mask(picture.masks, index) for index in range(len(picture.masks))]
    if picture.points is None:
        return scene_crops(picture.image, masks), None
    try:
        cube = scene_cube(picture.points, masks)
    except ConventionError:
        return scene_crops(picture.image, masks), None
    placed = transform_points(picture.points.reshape(-1, 3), cube).reshape(picture.points.shape)
    return scene_crops(picture.image, masks, placed), cube


def placed_shapes(slots: SampledSlots, *, settle: bool = True) -> dict[int, PlacedShape]:
    """Every shape at its place in the scene; by number, where there is one.

    Args:
        slots: The samples.
        settle: Whether objects are moved apart, and onto what is below them.
    """
    shapes: dict[int, PlacedShape] = {}
    for number, logits in enumerate(slots.shapes):
        if occupied_voxels(logits).any():
            cube = slots.cubes[number]
            pose = similarity(float(cube[3]), np.eye(3), cube[:3])
            shapes[number] = PlacedShape(
                logits, pose, float(slots.headings[number]), slots.colors[number],
                float(slots.certainties[number]),
            )  # fmt: skip
    if not settle:
        return shapes
    present = list(shapes)
    solids = [Solid(occupied_voxels(shapes[i].logits), shapes[i].pose) for i in present]
    fixed = [bool(slots.is_measured[i]) for i in present]
    moved = []
    for solid, shift in zip(solids, settled(solids, fixed=fixed) if solids else [], strict=True):
        pose = solid.pose.copy()
        pose[:3, 3] += shift
        moved.append(Solid(solid.occupied, pose))
    for number, solid, kept in zip(
        present, moved, parted(moved, [slots.seen[i] for i in present]), strict=True
    ):
        shape = shapes[number]
        logits = np.where(solid.occupied & ~kept, _CUT, shape.logits).astype(np.float32)
        shapes[number] = replace(shape, logits=logits, pose=solid.pose)
    return {i: shape for i, shape in shapes.items() if occupied_voxels(shape.logits).any()}


def _finished(
    shapes: dict[int, PlacedShape], crops: SceneCrops, progress: Progress
) -> list[GeneratedObject]:
    """Surfaces, colors and Gaussians."""
    present = list(shapes.items())
    turns = [shape.pose[:3, :3] / np.linalg.norm(shape.pose[:3, 0]) for _, shape in present]
    voxels = [occupied_voxels(shape.logits) for _, shape in present]
    pitch = camera_pitch(voxels, turns, [crops.objects[i] for i, _ in present])
    objects = []
    for done, ((number, shape), turn, occupied) in enumerate(
        zip(present, turns, voxels, strict=True)
    ):
        surface = grid_surface(shape.logits)
        colors = painted(
            surface.vertices, occupied, turn, crops.objects[number], pitch=pitch,
            heading=shape.heading, expected=shape.colors,
        )  # fmt: skip
        mesh = Mesh(
            surface.vertices.astype(np.float32),
            surface.faces.astype(np.int32),
            vertex_colors=np.rint(255 * colors).astype(np.uint8),
        )
        objects.append(
            GeneratedObject(
                number,
                np.argwhere(occupied).astype(np.int32),
                GRID,
                mesh=mesh,
                gaussians=_gaussians(mesh, colors),
                pose=shape.pose,
                certainty=shape.certainty,
            )
        )
        progress("shapes", done + 1, len(present), "objects")
    return objects


def _gaussians(mesh: Mesh, colors: NDArray[np.float32]) -> GaussianCloud:
    """Flat Gaussians at the vertices of a surface."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(mesh.vertices), 3))
    for corner in range(3):
        np.add.at(normals, mesh.faces[:, corner], across)
    scales = np.tile(np.array([_SPREAD, _SPREAD, _FLAT]) / GRID, (len(normals), 1))
    return GaussianCloud(
        mesh.vertices, _turned_to(normals), scales.astype(np.float32),
        np.full(len(normals), 0.95, np.float32), colors,
    )  # fmt: skip


def _turned_to(normals: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, 4) unit quaternions of rotations that take z to directions (N, 3) of any length."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit = np.where(length > 0, normals / np.where(length > 0, length, 1), (0.0, 0.0, 1.0))
    quats = quaternion_from_normal(unit)
    # Next to -z, the shortest rotation is not determined: half a turn about x.
    quats[unit[:, 2] < -1 + 1e-9] = (0.0, 1.0, 0.0, 0.0)
    found: NDArray[np.float32] = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    return found.astype(np.float32)
