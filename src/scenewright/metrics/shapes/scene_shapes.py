"""A generated scene of separate meshes against the true one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh, Progress, no_progress
from scenewright.core.checks import as_direction
from scenewright.geometry.transforms import invert_rigid, transform_points
from scenewright.metrics.shapes.alignment import ALIGNMENTS
from scenewright.metrics.shapes.contacts import ContactFaults, measure_contacts
from scenewright.metrics.shapes.layout import PlacementError, measure_placement
from scenewright.metrics.shapes.meshes import sample_surface
from scenewright.metrics.shapes.point_sets import scene_normalization
from scenewright.metrics.shapes.scores import (
    OBJECT_NORMALIZATIONS,
    SceneScores,
    align_objects,
    score_objects,
    score_scene,
)

POINT_COUNTS: Final = (10_240, 20_480)
"""Samples per object: those of SceneGen's and of MIDI's evaluation."""
SCALINGS: Final = ("each", "size", "truth")

Points = NDArray[np.float64]
_Z_UP: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class SceneProtocol:
    """How scenes are compared.

    Attributes:
        alignments: Names in `ALIGNMENTS`.
        point_counts: Samples per object; scores are given for each number, and the alignment is
            estimated from the first.
        scaling: ``"each"``: each scene is centered and scaled by its own extent along the axes, as
            in the published evaluations. ``"size"``: the prediction gets the center of mass and the
            size of the truth (root mean square distance from that center), which a rotation does
            not change. ``"truth"``: both are scaled by the extent of the truth, for predictions in
            its frame and unit.
    """

    alignments: tuple[str, ...] = tuple(ALIGNMENTS)
    point_counts: tuple[int, ...] = POINT_COUNTS
    scaling: str = SCALINGS[0]

    def __post_init__(self) -> None:
        if self.scaling not in SCALINGS:
            expected = f"one of {', '.join(SCALINGS)}"
            raise ConventionError("SceneProtocol.scaling", expected=expected, got=self.scaling)
        unknown = [name for name in self.alignments if name not in ALIGNMENTS]
        if unknown or not self.alignments:
            expected = f"names of {', '.join(ALIGNMENTS)}"
            got = ", ".join(unknown) or "none"
            raise ConventionError("SceneProtocol.alignments", expected=expected, got=got)
        if not self.point_counts or min(self.point_counts) < 1:
            raise ConventionError(
                "SceneProtocol.point_counts",
                expected="numbers, 1 or more",
                got=str(list(self.point_counts)),
            )


PROTOCOL: Final = SceneProtocol()


@dataclass(frozen=True, eq=False)
class ObjectScene:
    """The objects of a scene as meshes.

    Attributes:
        meshes: Mesh in the scene frame by instance id, in the order of the objects.
        up: (3,) direction against gravity in the scene frame.
        turns: Known order of the rotational symmetry about the vertical by instance id; 0 = any
            angle.
    """

    meshes: Mapping[int, Mesh]
    up: NDArray[np.float64] = field(default_factory=_Z_UP.copy)
    turns: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "up", as_direction("ObjectScene.up", self.up))


@dataclass(frozen=True, eq=False)
class SceneComparison:
    """A predicted scene against the true one.

    Attributes:
        scores: By name of the alignment, then by number of samples per object.
        placements: By name of the alignment: errors by true instance id, for those predicted.
        alignments: (4, 4) truth_from_predicted by name, normalized scenes.
        contacts: Interpenetration and floating in the predicted scene.
        failures: Why a true object has no score, by true instance id.
        extra_ids: Predicted objects that belong to no true one.
        truth_ids: True instance ids, in the order of the scores of objects.
        truth_from_scene: (4, 4) placement of the predicted scene in the frame of the truth under
            the alignment with the least Chamfer distance, with its scale.
    """

    scores: Mapping[str, Mapping[int, SceneScores]]
    placements: Mapping[str, Mapping[int, PlacementError]]
    alignments: Mapping[str, NDArray[np.float64]]
    contacts: ContactFaults
    failures: Mapping[int, str]
    extra_ids: tuple[int, ...]
    truth_ids: tuple[int, ...]
    truth_from_scene: NDArray[np.float64]


def compare_scenes(
    predicted: ObjectScene,
    truth: ObjectScene,
    *,
    seed: int,
    pairs: Mapping[int, int] | None = None,
    protocol: SceneProtocol = PROTOCOL,
    progress: Progress = no_progress,
) -> SceneComparison:
    """Compares scenes of separate objects under several alignments.

    Both scenes are centered and scaled first (longest extent 1.96); see `SceneProtocol`. Every
    object gets the same number of samples whatever its size, as in the published evaluations.

    Args:
        predicted: The scene to measure.
        truth: The true scene.
        seed: Random seed of the samples.
        pairs: Predicted id by true id; None pairs equal ids.
        protocol: Alignments, numbers of samples and scaling.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The truth has no object, or one without area.
    """
    if not truth.meshes:
        raise ConventionError("true scene", expected="at least one object", got="none")
    wanted = {one: one for one in truth.meshes} if pairs is None else dict(pairs)
    samples = _Samples(predicted, truth, wanted, seed=seed, protocol=protocol)
    scores, placements, matrices = {}, {}, {}
    for step, name in enumerate(protocol.alignments):
        matrices[name], scores[name], placements[name] = samples.measure(name)
        progress("align", step + 1, len(protocol.alignments), "alignments")
    best = matrices[min(scores, key=lambda name: _chamfer(scores[name]))]
    return SceneComparison(
        scores,
        placements,
        matrices,
        measure_contacts(samples.measurable, seed=seed, up=predicted.up),
        samples.failures,
        samples.extra_ids,
        tuple(truth.meshes),
        invert_rigid(samples.truth_normalization) @ best @ samples.predicted_normalization,
    )


class _Samples:
    """Normalized samples of both scenes, of the largest number first."""

    def __init__(
        self,
        predicted: ObjectScene,
        truth: ObjectScene,
        pairs: Mapping[int, int],
        *,
        seed: int,
        protocol: SceneProtocol,
    ) -> None:
        self.truth, self.up = truth, truth.up
        self.failures: dict[int, str] = {}
        used = {number for one, number in pairs.items() if one in truth.meshes}
        self.extra_ids = tuple(
            one for one, mesh in predicted.meshes.items() if one not in used and _has_area(mesh)
        )
        self.measurable = {one: mesh for one, mesh in predicted.meshes.items() if _has_area(mesh)}
        for one in truth.meshes:
            number = pairs.get(one)
            if number is None or number not in predicted.meshes:
                self.failures[one] = "not predicted"
            elif number not in self.measurable:
                self.failures[one] = "predicted without any surface"
        self.truth_normalization = _normalization(truth.meshes)
        self.predicted_normalization = self.truth_normalization
        if self.measurable and protocol.scaling == "each":
            self.predicted_normalization = _normalization(self.measurable)
        elif self.measurable and protocol.scaling == "size":
            same_size = _same_size(self.measurable, truth.meshes)
            self.predicted_normalization = self.truth_normalization @ same_size
        self.by_count = {
            count: self._draw(pairs, count, seed + position)
            for position, count in enumerate(protocol.point_counts)
        }
        corners = np.concatenate([mesh.vertices for mesh in truth.meshes.values()])
        extent = np.ptp(transform_points(corners, self.truth_normalization), axis=0)
        self.diameter = float(np.linalg.norm(extent))

    def _draw(
        self, pairs: Mapping[int, int], count: int, seed: int
    ) -> tuple[list[Points | None], list[Points], list[Points]]:
        """Samples of predicted, true and additional objects."""

        def points(mesh: Mesh, matrix: NDArray[np.float64], *, name: str, salt: int) -> Points:
            samples, _ = sample_surface(mesh, count, seed=seed + salt, name=name)
            # In random order, so that any evenly chosen part of them covers the surface alike.
            order = np.random.default_rng(seed + salt).permutation(count)
            return transform_points(samples[order], matrix)

        predicted: list[Points | None] = []
        truth = []
        for salt, (one, mesh) in enumerate(self.truth.meshes.items()):
            shape = None if one in self.failures else self.measurable[pairs[one]]
            # Equal meshes must get different samples, or their distance would be 0.
            predicted.append(
                None
                if shape is None
                else points(
                    shape, self.predicted_normalization, name="predicted mesh", salt=2000 + salt
                )
            )
            truth.append(
                points(mesh, self.truth_normalization, name=f"true object {one}", salt=4000 + salt)
            )
        extra = [
            points(self.measurable[one], self.predicted_normalization, name="mesh", salt=6000 + one)
            for one in self.extra_ids
        ]
        return predicted, truth, extra

    def measure(
        self, name: str
    ) -> tuple[NDArray[np.float64], dict[int, SceneScores], dict[int, PlacementError]]:
        """The alignment of that name, and all scores under it."""
        align = ALIGNMENTS[name]
        predicted, truth, extra = next(iter(self.by_count.values()))
        cloud = [one for one in predicted if one is not None] + extra
        matrix = align(_mixed(cloud), _mixed(truth), up=self.up) if cloud else np.eye(4)
        of_objects = {
            kind: align_objects(
                predicted, truth, normalize=normalize, align=partial(align, up=self.up)
            )
            for kind, normalize in OBJECT_NORMALIZATIONS.items()
        }
        scores = {}
        for count, (ours, theirs, others) in self.by_count.items():
            scene, ious = score_scene(ours, theirs, truth_from_predicted=matrix, extra=others)
            objects = {
                kind: score_objects(ours, theirs, normalize=normalize, placements=of_objects[kind])
                for kind, normalize in OBJECT_NORMALIZATIONS.items()
            }
            scores[count] = SceneScores(scene, ious, objects)
        placements = {
            number: measure_placement(
                transform_points(one, matrix),
                other,
                diameter=self.diameter,
                turns=self.truth.turns.get(number, 1),
                up=self.up,
            )
            for number, one, other in zip(self.truth.meshes, predicted, truth, strict=True)
            if one is not None
        }
        return matrix, scores, placements


def _has_area(mesh: Mesh) -> bool:
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return bool(np.abs(sides).sum() > 0)


def _normalization(meshes: Mapping[int, Mesh]) -> NDArray[np.float64]:
    """Normalization by the vertices that triangles use."""
    return scene_normalization(
        np.concatenate([mesh.vertices[mesh.faces].reshape(-1, 3) for mesh in meshes.values()])
    )


def _chamfer(scores: Mapping[int, SceneScores]) -> float:
    """Chamfer distance of the scene for the first number of samples; infinite without any."""
    scene = next(iter(scores.values())).scene
    return np.inf if scene is None else scene.chamfer


def _same_size(meshes: Mapping[int, Mesh], truth: Mapping[int, Mesh]) -> NDArray[np.float64]:
    """The similarity that gives meshes the center of mass and the size of others."""
    (center, size), (target, true_size) = _moments(meshes), _moments(truth)
    scale = true_size / size if size > 0 else 1.0
    matrix = np.diag([scale, scale, scale, 1.0])
    matrix[:3, 3] = target - scale * center
    return matrix


def _moments(meshes: Mapping[int, Mesh]) -> tuple[NDArray[np.float64], float]:
    """Center of mass of surfaces, all objects alike, and root mean square distance from it."""
    centers, squares = [], []
    for mesh in meshes.values():
        corners = mesh.vertices.astype(np.float64)[mesh.faces]
        sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        areas = np.linalg.norm(sides, axis=1)
        sums = corners.sum(axis=1)
        # Exact mean of the squared length over a triangle.
        lengths = ((corners**2).sum(axis=(1, 2)) + (sums**2).sum(axis=1)) / 12
        centers.append(areas @ sums / 3 / areas.sum())
        squares.append(areas @ lengths / areas.sum())
    center: NDArray[np.float64] = np.mean(centers, axis=0)
    return center, float(np.sqrt(max(np.mean(squares) - center @ center, 0.0)))


def _mixed(clouds: Sequence[Points]) -> Points:
    """All points in random order, so that any evenly chosen part has points of all objects."""
    points = np.concatenate(clouds)
    return points[np.random.default_rng(0).permutation(len(points))]
