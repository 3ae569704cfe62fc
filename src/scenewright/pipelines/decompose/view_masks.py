"""The masks of every view of a scene, and the objects that they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FrameSource, MaskSet, SurfelCloud, Views
from scenewright.core.frame import check_masks_of
from scenewright.core.label_scores import label_shares
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Problem
from scenewright.models import MaskProposer
from scenewright.pipelines.sources.masks import make_proposer, mask_problems
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.pipelines.sources.views import frames_of_views, view_frame, with_drawn_depth
from scenewright.splats.decomposition import Clusters

_UNKNOWN = -1
"""Value in an id map for pixels whose mask belongs to no object, where the id is unknown."""


@dataclass(frozen=True, eq=False)
class ViewMasks:
    """The masks of the views of a scene.

    Attributes:
        masks: One set per view, at its size; empty where nothing is known.
        depth_drawn: Whether they were found with depth rendered from the surfels.
        problems: What may be wrong with them.
    """

    masks: list[MaskSet]
    depth_drawn: bool
    problems: tuple[Problem, ...] = ()


def view_masks(
    source: FrameSource,
    surfels: SurfelCloud,
    views: Views,
    settings: MaskSettings,
    *,
    near: float,
    proposer: MaskProposer | None = None,
    progress: Progress = no_progress,
) -> ViewMasks:
    """The masks of every view at the view's size.

    Args:
        source: The capture.
        surfels: Rendered to give depth to frames that have none.
        views: F views.
        settings: Settings of the masks.
        near: See `render`.
        proposer: Finds the masks instead of the backend that the settings name.
        progress: Progress callback (stage, done, total, unit).
    """
    positions = frames_of_views(source, views)
    from_files = proposer is None and not settings.uses_backend
    proposer = proposer or make_proposer(settings, source)
    drawn, masks = False, []
    for number, position in enumerate(positions):
        frame = source[position]
        if not from_files:
            measured = view_frame(frame, views, number)
            frame = with_drawn_depth(measured, surfels, near=near)
            drawn |= frame is not measured
        found = proposer.propose(frame)
        check_masks_of(frame, found)
        size = views.camera(number).size
        masks.append(MaskSet.empty(*size) if found is None else _at_size(found, size))
        progress("masks", number + 1, len(views), "views")
    return ViewMasks(masks, drawn, mask_problems(proposer))


def _at_size(masks: MaskSet, size: tuple[int, int]) -> MaskSet:
    """Masks at another size; where they overlap, the one with the higher score keeps the pixel."""
    height, width = size
    if (masks.height, masks.width) == size:
        return masks
    rows = ((np.arange(height) + 0.5) * masks.height / height).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * masks.width / width).astype(np.int64)
    picture = masks.to_id_map()[rows][:, columns]
    ids = masks.ids.tolist()
    return MaskSet.from_id_map(
        picture,
        scores=dict(zip(ids, masks.scores.tolist(), strict=True)),
        labels=dict(zip(ids, masks.labels, strict=True)),
    )


def object_labels(masks: Sequence[MaskSet], clusters: Clusters) -> dict[int, dict[str, float]]:
    """Probability per label of each object: masks vote with score and area; see `label_shares`."""
    index = [{int(i): k for k, i in enumerate(shown.ids)} for shown in masks]
    weights = [shown.scores * shown.areas() for shown in masks]
    votes: dict[int, dict[str, float]] = {}
    for view, mask_id, number in zip(
        clusters.mask_view.tolist(),
        clusters.mask_id.tolist(),
        clusters.mask_object.tolist(),
        strict=True,
    ):
        if number > 0:
            position = index[view][mask_id]
            label = masks[view].labels[position]
            of_object = votes.setdefault(number, {})
            of_object[label] = of_object.get(label, 0.0) + float(weights[view][position])
    return {number: label_shares(counts) for number, counts in votes.items()}


def object_maps(masks: Sequence[MaskSet], clusters: Clusters) -> list[NDArray[np.int32]]:
    """The object of the mask at each pixel of each view; -1 = a mask that belongs to no object."""
    result = []
    for view, shown in enumerate(masks):
        chosen = clusters.mask_view == view
        lookup = np.full(len(shown) + 1, _UNKNOWN, np.int32)
        lookup[0] = 0
        order = {int(i): k for k, i in enumerate(shown.ids)}
        for mask_id, number in zip(
            clusters.mask_id[chosen].tolist(), clusters.mask_object[chosen].tolist(), strict=True
        ):
            if number > 0:
                lookup[order[mask_id] + 1] = number
        result.append(lookup[shown.positions_map()])
    return result
