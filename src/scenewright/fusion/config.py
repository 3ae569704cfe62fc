"""Settings of online segmentation, and the two presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scenewright.core.errors import ConventionError
from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class VoteConfig(CheckedConfig):
    """Settings of the `default` method: masks vote on voxels, fragments are grouped by evidence."""

    full_vote_pixels: float = 8.0
    """Pixels on a voxel that give a full vote; fewer (far away, grazing) give a part of one."""
    min_match_iou: float = 0.25
    """Least overlap (IoU over visible voxels) at which a mask continues an instance."""
    min_match_share: float = 0.15
    """Least share of the mask that must overlap, unless it covers half of the whole instance."""
    min_voxels: int = 8
    """Fewer voxels than this are no evidence: neither for a new fragment nor for a pair."""
    coverage: float = 0.6
    """A fragment sides with a mask that holds this share of its visible voxels."""
    merge_margin: float = 1.0
    """Log-odds that two groups need to be merged, and to be parted again with the other sign."""
    merge_interval: int = 5
    """Segmented frames between two rounds of grouping."""
    stale_frames: int = 60
    """Segmented frames after which a fragment that wins no voxel is forgotten."""
    torn_frames: int = 3
    """A fragment that was torn between masks in this many frames, and more often than it was whole,
    joins no other: it was born of a mask that covered two objects."""
    semantic_weight: float = 1.0
    """Log-odds that equal (opposed) embeddings add to (take from) a pair."""
    min_points: int = 30
    """Instances with fewer surface voxels are left out of the result."""
    min_support: float = 0.2
    """Share of a voxel's visible weight that its winner must hold, or the voxel is nobody's."""


@dataclass(frozen=True)
class OnlineAnySegConfig(CheckedConfig):
    """Settings of the published method (OnlineAnySeg, CVPR 2025), with its published values.

    The learned geometric term of its similarity is left out, because no descriptor is given; its
    threshold on the sum of three terms is rescaled to the terms that are there.
    """

    keyframe_interval: int = 10
    """Frames between two that are fused and segmented."""
    merge_interval: int = 5
    """Segmented frames between two merge rounds."""
    min_mask_pixels: int = 400
    ball_radius: float = 0.03
    """Reach of a point to voxels around it, and of its density clustering, metres."""
    cluster_min_points: int = 4
    outlier_neighbors: int = 20
    outlier_deviations: float = 2.0
    min_mask_points: int = 20
    min_coverage: float = 0.3
    min_voxels: int = 50
    min_containment: float = 0.025
    visible_share: float = 0.2
    visible_voxels: int = 500
    similarity_threshold: float = 2.3
    """On the sum of overlap, semantic and geometric term, each at most 1."""
    mutual_overlap: float = 0.4
    containing: float = 0.8
    contained: float = 0.3
    supporters: float = 5.0
    containment_merge: float = 0.8
    containment_passes: int = 10
    max_weight: int = 5
    """Raw masks that an object needs once enough merge rounds have passed."""
    stale_keyframes: int = 20
    min_points: int = 25
    cluster_radius: float = 0.1
    """Of the density clustering of finished objects, metres."""
    min_object_points: int = 200


@dataclass(frozen=True)
class FusionConfig:
    """Settings of `OnlineSegmenter`.

    Attributes are documented one by one; `method` holds the settings of the association method and
    chooses it by its type.
    """

    voxel_size: float = 0.025
    """Edge of a voxel, metres."""
    truncation_voxels: float = 4.0
    """Half width of the TSDF band, voxels."""
    max_depth: float = 5.0
    """Readings beyond it are not used, metres."""
    isolation: float = 0.05
    """A reading counts as floating between two surfaces when fewer than two of its neighbors lie
    within this share of its depth."""
    method: VoteConfig | OnlineAnySegConfig = field(default_factory=VoteConfig)

    def __post_init__(self) -> None:
        for name in ("voxel_size", "truncation_voxels", "max_depth", "isolation"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise ConventionError(
                    f"FusionConfig.{name}", expected="a positive number", got=str(value)
                )
        if not isinstance(self.method, VoteConfig | OnlineAnySegConfig):
            raise ConventionError(
                "FusionConfig.method",
                expected="a VoteConfig or an OnlineAnySegConfig",
                got=type(self.method).__name__,
            )


_PRESETS = {
    "default": FusionConfig(),
    "onlineanyseg": FusionConfig(method=OnlineAnySegConfig()),
}


def available_fusion_presets() -> tuple[str, ...]:
    """Names that `fusion_preset` takes."""
    return tuple(_PRESETS)


def fusion_preset(
    preset: str | FusionConfig, *, voxel_size: float | None = None, max_depth: float | None = None
) -> FusionConfig:
    """The settings with a name, with some of them replaced.

    Args:
        preset: ``default`` (best) or ``onlineanyseg`` (the published rules), or settings.
        voxel_size: Metres; None keeps the preset's.
        max_depth: Metres; None keeps the preset's.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: It is neither a name nor a `FusionConfig`, or a number is out of range.
    """
    config = resolve_preset("Fusion", preset, _PRESETS)
    if voxel_size is not None:
        config = replace(config, voxel_size=voxel_size)
    if max_depth is not None:
        config = replace(config, max_depth=max_depth)
    return config
