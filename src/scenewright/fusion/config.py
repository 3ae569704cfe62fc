"""Settings of online segmentation, and its presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from scenewright.core.errors import ConventionError
from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class VoteConfig(CheckedConfig):
    """Settings of the `default` method: masks vote on voxels, evidence groups fragments."""

    full_vote_pixels: float = 8.0
    """Number of pixels on a voxel that give a full vote; fewer (far away, grazing) give less."""
    min_match_iou: float = 0.25
    """Smallest overlap (IoU over visible voxels) at which a mask continues an instance."""
    min_match_share: float = 0.15
    """Smallest share of the mask that must overlap, unless it covers half of the whole instance."""
    min_voxels: int = 8
    """Smallest number of voxels that starts a new fragment or counts as evidence on a pair."""
    coverage: float = 0.6
    """Share of a fragment's visible voxels that a mask must cover to contain the fragment."""
    merge_margin: float = 1.0
    """Log-odds needed to merge two groups and, with opposite sign, to separate them again."""
    merge_interval: int = 5
    """Number of segmented frames between two rounds of grouping."""
    stale_frames: int = 60
    """Number of segmented frames after which a fragment that wins no voxel is dropped."""
    torn_frames: int = 3
    """A fragment that was split between masks in this many frames, and more often than it was
    whole, joins no other, since it comes from a mask that covered two objects."""
    semantic_weight: float = 1.0
    """Log-odds added to a pair with equal embeddings (subtracted if they are opposite)."""
    merging: str = "builtin:merging"
    """Reference of the trees that decide which regions are one object; empty joins none."""
    merging_least: float = 0.2
    """Smallest probability of a join that is considered, for masks of parts: those whose proposer
    says which belong together (`MaskSet.affinity`)."""
    merging_least_whole: float = 0.6
    """The same for all other masks, which are meant to be whole objects."""
    merging_cost: float = 0.6
    """Probability of being whole and real below which listing a union of regions costs more than
    it is worth; higher values join more."""
    part_walls: bool = False
    """Part regions that hold several walls at the corners of the room, by fitting planes; for masks
    that know no walls, such as those of `masks/depth-edges`. `segment` turns it on for these. It
    overrules masks, so it is wrong for masks that are meant to be whole."""
    merging_interval: int = 25
    """Smallest number of segmented frames between two rounds of learned merging; the rounds become
    rarer, since their cost grows with the surface."""
    min_points: int = 30
    """Smallest number of surface voxels of an instance in the result."""
    min_support: float = 0.2
    """Share of a voxel's visible weight that its winner needs, or the voxel has no instance."""


@dataclass(frozen=True)
class OnlineAnySegConfig(CheckedConfig):
    """Settings of the published method (OnlineAnySeg, CVPR 2025), with its published values.

    The learned geometric term of its similarity is omitted, because there is no descriptor; the
    threshold on the sum of three terms is rescaled to the remaining terms.
    """

    keyframe_interval: int = 10
    """Every n-th frame is fused and segmented."""
    merge_interval: int = 5
    """Number of segmented frames between two merge rounds."""
    min_mask_pixels: int = 400
    ball_radius: float = 0.03
    """Distance of voxels from the points of a mask, and radius of clustering the points, meters."""
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
    """Threshold on the sum of the overlap, semantic and geometric terms, each at most 1."""
    mutual_overlap: float = 0.4
    containing: float = 0.8
    contained: float = 0.3
    supporters: float = 5.0
    containment_merge: float = 0.8
    containment_passes: int = 10
    max_weight: int = 5
    """Number of raw masks that an object needs once enough merge rounds have passed."""
    stale_keyframes: int = 20
    min_points: int = 25
    cluster_radius: float = 0.1
    """Radius of the density clustering of finished objects, meters."""
    min_object_points: int = 200


@dataclass(frozen=True)
class FusionConfig:
    """Settings of `OnlineSegmenter`.

    `method` holds the settings of the association method, and its type selects the method.
    """

    voxel_size: float = 0.025
    """Edge length of a voxel, meters."""
    truncation_voxels: float = 4.0
    """Half width of the TSDF band, voxels."""
    max_depth: float | None = None
    """Readings beyond it are ignored, meters; None = from the readings and their noise (see
    `scenewright.geometry.depth_range.choose_depth_range`)."""
    isolation: float = 0.05
    """A reading is ignored as floating between two surfaces if fewer than two of its neighbors lie
    within this share of its depth."""
    min_score: float = 0.35
    """Objects with a lower score are fragments: kept, but not listed among the objects."""
    min_size: float = 0.0
    """Objects whose longest side is shorter are fragments, meters."""
    min_frames: int = 1
    """Objects that masks supported in fewer frames are fragments. Scores were calibrated on objects
    seen in several frames; those of objects seen in one are less certain."""
    method: VoteConfig | OnlineAnySegConfig = field(default_factory=VoteConfig)

    def __post_init__(self) -> None:
        for name in ("voxel_size", "truncation_voxels", "max_depth", "isolation"):
            value = getattr(self, name)
            if value is None and name == "max_depth":
                continue
            if not 0 < value < float("inf"):
                raise ConventionError(
                    f"FusionConfig.{name}", expected="a positive number", got=str(value)
                )
        for name, most in (("min_score", 1.0), ("min_size", float("inf")), ("min_frames", 1e9)):
            if not 0 <= getattr(self, name) <= most:
                expected = "a number from 0 to 1" if most == 1 else "0 or more"
                raise ConventionError(
                    f"FusionConfig.{name}", expected=expected, got=str(getattr(self, name))
                )
        if not isinstance(self.method, VoteConfig | OnlineAnySegConfig):
            raise ConventionError(
                "FusionConfig.method",
                expected="a VoteConfig or an OnlineAnySegConfig",
                got=type(self.method).__name__,
            )


_PRESETS = {
    "default": FusionConfig(),
    "onlineanyseg": FusionConfig(max_depth=5.0, min_score=0.0, method=OnlineAnySegConfig()),
}


def available_fusion_presets() -> tuple[str, ...]:
    """Names that `fusion_preset` accepts."""
    return tuple(_PRESETS)


def fusion_preset(
    preset: str | FusionConfig,
    *,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    min_score: float | None = None,
    min_size: float | None = None,
    min_frames: int | None = None,
) -> FusionConfig:
    """The settings of a preset, with some of them replaced.

    Args:
        preset: ``default`` (best) or ``onlineanyseg`` (the published rules), or settings.
        voxel_size: Meters; None keeps the value of the preset, here and below.
        max_depth: Meters.
        min_score: See `FusionConfig.min_score`.
        min_size: Meters, see `FusionConfig.min_size`.
        min_frames: See `FusionConfig.min_frames`.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: `preset` is neither a name nor a `FusionConfig`, or a number is invalid.
    """
    config = resolve_preset("Fusion", preset, _PRESETS)
    given: dict[str, Any] = {
        "voxel_size": voxel_size, "max_depth": max_depth, "min_score": min_score,
        "min_size": min_size, "min_frames": min_frames,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(config, **changes) if changes else config
