"""Settings of decomposition by masks, and its two presets."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class ClusterConfig(CheckedConfig):
    """Settings of the `default` method: patches of surfels are grouped by the evidence of all
    views, then masks vote. All lengths are relative; see `docs/decomposition.md`."""

    full_pixels: float = 1.0
    """Sum of weights, in pixels, from which a view counts fully for a surfel; eight times that for
    a patch."""
    neighbors: int = 8
    """Nearest neighbors that each surfel is linked to."""
    link_reach: float = 3.0
    """Longest link, in local spacings of the surfels."""
    max_patches: int = 3000
    """Target number of patches; bounds time and memory of the grouping."""
    min_patch: int = 4
    """Minimum number of surfels of a patch that takes part in the grouping."""
    patch_affinity: float = 0.6
    """Share of the views that must have neighbors in one mask to join them into one patch."""
    torn_share: float = 0.6
    """A patch is torn in a view where its best mask covers less than this share of it; patches
    that are torn on average take no part in the grouping."""
    merge_margin: float = 1.0
    """Minimum log-odds for merging two groups."""
    coverage: float = 0.6
    """A mask covers an object if this share of the visible part of the object is in it."""
    min_mask_share: float = 0.05
    """Minimum share of a mask that an object must make up to count as covered."""
    vote_rounds: int = 3
    """Number of rounds of matching masks to objects and voting."""
    min_support: float = 0.2
    """Minimum share of the possible votes for the winner; otherwise the surfel has no object."""
    min_surfels: int = 20
    """Objects with fewer surfels are dropped."""
    min_part_views: int = 3
    """Minimum number of views with a mask of a part or of a group of objects."""


@dataclass(frozen=True)
class PublishedConfig(CheckedConfig):
    """Settings of the published method (InstaScene, ICCV 2025), with its published values.

    Lengths assume scenes of about `scene_extent` meters, as published; they are scaled by the
    extent of the given scene.
    """

    min_mask_surfels: int = 50
    """Minimum number of surfels with a weight above 0.1 under a mask."""
    visible_share: float = 0.3
    """Share of a mask's surfels that must be labeled in a view for the mask to be visible there."""
    contained_share: float = 0.8
    """Share of the labeled surfels that one mask of the view must cover to contain the mask."""
    split_share: float = 0.3
    """A mask is under-segmented if more than this share of the views that show it split it."""
    consensus: float = 0.9
    """Minimum ratio of supporters to observers for merging two nodes."""
    cluster_radius: float = 0.1
    """Radius of the density clustering of an object's surfels, meters in a scene of
    `scene_extent`."""
    scene_extent: float = 5.0
    """Extent of a scene that lengths are not scaled for, meters: the longest side of the box
    around the middle 98 % of the surfels along each axis."""
    cluster_min_points: int = 4
    detection_ratio: float = 0.5
    """A surfel stays in a node if more than this share of the node's views that see it have it
    under a mask of the node."""
    duplicate_share: float = 0.8
    """An object that shares more than this part of its surfels with another one is dropped."""
    remedy_share: float = 0.8
    """An under-segmented mask is assigned to an object that covers more than this share of it."""


_PRESETS: dict[str, ClusterConfig | PublishedConfig] = {
    "default": ClusterConfig(),
    "published": PublishedConfig(),
}


def available_cluster_presets() -> tuple[str, ...]:
    """Names that `cluster_preset` accepts."""
    return tuple(_PRESETS)


def cluster_preset(
    preset: str | ClusterConfig | PublishedConfig,
) -> ClusterConfig | PublishedConfig:
    """The settings of a preset.

    Args:
        preset: ``default`` (best) or ``published`` (the published rules), or settings.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: It is neither a name nor a `ClusterConfig` or `PublishedConfig`.
    """
    return resolve_preset("Cluster", preset, _PRESETS)
