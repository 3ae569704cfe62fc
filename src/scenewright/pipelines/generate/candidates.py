"""Several samples of one scene, of which the one is kept that agrees best with masks and depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, SurfelCloud
from scenewright.generation.color_fields import GaussianColors
from scenewright.generation.layout import Layout
from scenewright.geometry.surfel_transforms import joined_surfels, moved_surfels
from scenewright.models.generated import GeneratedObject, GeneratedScene
from scenewright.models.generators.crops import dense_mask
from scenewright.pipelines.generate.masks import SceneInput
from scenewright.pipelines.generate.placing import camera_pose, world_layout
from scenewright.pipelines.pictures.view_pictures import draw_view

SEED_STEP = 2
"""Between the seeds of two candidates: the second sampler of a generator takes the next seed."""
_WIDTH = 160
"""Of the pictures that are compared, pixels."""
_DEPTH_TOLERANCE = 0.05
"""Share of its depth up to which a drawn pixel may differ from what was measured."""


@dataclass(frozen=True)
class Candidate:
    """One sample of a scene.

    Attributes:
        seed: Its random seed.
        agreement: See `agreement`.
    """

    seed: int
    agreement: float


@dataclass(frozen=True, eq=False)
class Chosen:
    """The sample that was kept.

    Attributes:
        made: What the generator made.
        objects: Its objects in the order of the masks.
        layout: Where they are.
        candidates: All samples that were compared, in the order of their seeds; none if there was
            only one.
    """

    made: GeneratedScene
    objects: tuple[GeneratedObject, ...]
    layout: Layout
    candidates: tuple[Candidate, ...] = ()


def best_sample(
    sample: Callable[[int], GeneratedScene], source: SceneInput, *, seed: int, count: int
) -> Chosen:
    """The sample that agrees best with the masks, and with the depth if it is known.

    Args:
        sample: Makes the scene of a random seed.
        source: Pictures, masks, and depth where it is known.
        seed: Of the first sample.
        count: Number of samples. A sample without any shape is passed over, unless it is the only
            one.

    Raises:
        ConventionError: No sample has a shape.
    """
    if count == 1:
        return _placed(sample(seed), source)
    best: Chosen | None = None
    scores: list[Candidate] = []
    failure: ConventionError | None = None
    for number in range(count):
        one = seed + SEED_STEP * number
        try:
            found = _placed(sample(one), source)
        except ConventionError as error:
            failure = failure or error
            continue
        score = agreement(found.objects, found.layout, source)
        if best is None or score > max(each.agreement for each in scores):
            best = found
        scores.append(Candidate(one, score))
    if best is None:
        assert failure is not None
        raise failure
    return Chosen(best.made, best.objects, best.layout, tuple(scores))


def _placed(made: GeneratedScene, source: SceneInput) -> Chosen:
    objects = tuple(sorted(made.objects, key=lambda each: each.number))
    return Chosen(made, objects, world_layout(objects, source))


def agreement(objects: Sequence[GeneratedObject], layout: Layout, source: SceneInput) -> float:
    """How well a scene agrees with the picture it was made from, from 0 to 1.

    The scene is drawn from the camera of the picture. Of each object, this is the overlap (IoU) of
    where it is drawn and its mask; where depth is measured and the scene is metric, common pixels
    count only if both depths agree within 5 %. Objects without a shape count 0.

    Args:
        objects: In the order of `layout`.
        layout: Where they are.
        source: Pictures, masks, and depth where it is known.
    """
    points = np.concatenate(
        [
            each.mesh.vertices @ pose[:3, :3].T + pose[:3, 3]
            for each, pose in zip(objects, layout.world_from_object, strict=True)
        ]
    )
    height = max(round(source.camera.height * _WIDTH / source.camera.width), 1)
    camera = source.camera.resized(_WIDTH, height)
    view = draw_view(
        placed_surfels(objects, layout), camera, world_from_cam=camera_pose(layout, points, source)
    )
    assert view.ids is not None
    rows, columns = _sampled(source.camera.height, height), _sampled(source.camera.width, _WIDTH)
    fits = np.ones(view.ids.shape, bool)
    if source.depth is not None and layout.is_metric:
        measured = source.depth[np.ix_(rows, columns)]
        error = np.abs(view.view.median_depth - measured)
        fits = (measured <= 0) | (error <= _DEPTH_TOLERANCE * measured)
    masks = source.pictures[0].masks
    total = 0.0
    for each in objects:
        mask = dense_mask(masks, each.number)[np.ix_(rows, columns)]
        drawn = view.ids == each.number + 1
        union = (drawn | mask).sum()
        total += float((drawn & mask & fits).sum() / union) if union else 0.0
    return total / len(masks)


def _sampled(count: int, wanted: int) -> NDArray[np.intp]:
    """The pixels in the middles of `wanted` equal parts of a row."""
    return ((np.arange(wanted) + 0.5) * count / wanted).astype(np.intp)


def placed_surfels(objects: Sequence[GeneratedObject], layout: Layout) -> SurfelCloud:
    """All Gaussians in the world; the instance of each is the number of its object, from 1."""
    placed = []
    for each, pose in zip(objects, layout.world_from_object, strict=True):
        cloud = each.gaussians
        surfels = GaussianColors(
            cloud.means, cloud.scales, cloud.quats, cloud.opacities, cloud.colors
        ).surfels()
        ids = np.full(len(surfels), each.number + 1, np.int32)
        placed.append(moved_surfels(surfels, pose).with_instances(ids))
    return joined_surfels(placed)
