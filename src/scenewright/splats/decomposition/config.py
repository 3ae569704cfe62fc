"""Settings of decomposition by masks, and its two presets."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class ClusterConfig(CheckedConfig):
    """Settings of the `default` method: patches of surfels are grouped by the evidence of all
    views, then masks vote. No length has a unit; see `docs/decomposition.md`."""

    full_pixels: float = 1.0
    """Sum of weights, in pixels, from which on a view shows a surfel surely; eight times that for a
    patch."""
    neighbors: int = 8
    """Links that each surfel asks for."""
    link_reach: float = 3.0
    """Longest link, in spacings of the surfels."""
    max_patches: int = 3000
    """Patches to aim at; bounds time and memory of the grouping."""
    min_patch: int = 4
    """Surfels of the smallest patch that has a say in the grouping."""
    patch_affinity: float = 0.6
    """Share of the views that must hold neighbors in one mask to put them into one patch."""
    torn_share: float = 0.6
    """A patch whose best mask of a view holds less than this share of it is torn there; one that is
    torn in most views takes no part in the grouping."""
    merge_margin: float = 1.0
    """Log-odds that two groups need to be merged."""
    coverage: float = 0.6
    """A mask holds an object if this share of what the view shows of it lies in the mask."""
    min_mask_share: float = 0.05
    """Least share of a mask that an object must make up to be held by it."""
    vote_rounds: int = 3
    """Times that masks are matched to objects and vote."""
    min_support: float = 0.2
    """Share of a surfel's visible weight that its winner must hold, or it is nobody's."""
    min_surfels: int = 20
    """Objects with fewer surfels are left out."""
    min_part_views: int = 3
    """Views in which a part, or a group of objects, must have a mask of its own."""


@dataclass(frozen=True)
class PublishedConfig(CheckedConfig):
    """Settings of the published method (InstaScene, ICCV 2025), with its published values.

    Lengths assume the published scenes, of about `scene_extent` metres; they are scaled by the
    extent of the scene at hand.
    """

    min_mask_surfels: int = 50
    """Surfels with a weight above 0.1 that a mask needs."""
    visible_share: float = 0.3
    """Labelled share of a mask's surfels at which a view shows the mask."""
    contained_share: float = 0.8
    """Share of the labelled surfels that the largest mask must hold to contain the mask."""
    split_share: float = 0.3
    """Share of the visible views that may split a mask; above it the mask is under-segmented."""
    consensus: float = 0.9
    """Supporters over observers that join two nodes."""
    cluster_radius: float = 0.1
    """Of the density clustering of an object's surfels, metres in a scene of `scene_extent`."""
    scene_extent: float = 5.0
    """Extent of a scene whose lengths need no scaling, metres: the longest side of the box that
    holds the middle 98 % of the surfels along each axis."""
    cluster_min_points: int = 4
    detection_ratio: float = 0.5
    """Share of a node's views seeing a surfel that must hold it in a mask of the node."""
    duplicate_share: float = 0.8
    """An object that shares more of its surfels with another one is dropped."""
    remedy_share: float = 0.8
    """Share of an under-segmented mask that an object must cover to take it back."""


_PRESETS: dict[str, ClusterConfig | PublishedConfig] = {
    "default": ClusterConfig(),
    "published": PublishedConfig(),
}


def available_cluster_presets() -> tuple[str, ...]:
    """Names that `cluster_preset` takes."""
    return tuple(_PRESETS)


def cluster_preset(
    preset: str | ClusterConfig | PublishedConfig,
) -> ClusterConfig | PublishedConfig:
    """The settings with a name.

    Args:
        preset: ``default`` (best) or ``published`` (the published rules), or settings.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: It is neither a name nor a `ClusterConfig` or `PublishedConfig`.
    """
    return resolve_preset("Cluster", preset, _PRESETS)
