"""Measures against ground truth, and reports of them.

`instances` measures 3D instances (AP, best IoU) and transfers predictions to the points of the
truth; `images` measures images, id maps and masks by prompt; `shapes` measures meshes, and scenes
of separate meshes; `language` measures grounding, answers and captions. `reports` formats the
results.
"""

from scenewright.metrics.images.id_maps import (
    IdMapMatch,
    boundary_iou,
    boundary_map,
    mask_iou,
    match_id_maps,
)
from scenewright.metrics.images.mask_folders import (
    IdMapFolder,
    lerf_id_maps,
    open_id_maps,
    open_replica,
    pair_frames,
    read_lerf_masks,
    replica_background,
)
from scenewright.metrics.images.perceptual import (
    PerceptualDistance,
    lpips,
)
from scenewright.metrics.images.prompt_masks import (
    PromptMask,
    PromptScore,
    PromptScores,
    match_prompts,
    measure_prompt_masks,
)
from scenewright.metrics.images.similarity import (
    ImageQuality,
    mean_quality,
    measure_image,
    psnr,
    ssim,
)
from scenewright.metrics.instances.average_precision import (
    AP_THRESHOLDS,
    PROTOCOL_E,
    PROTOCOL_M,
    PROTOCOL_M_MASKCLUSTERING,
    APProtocol,
    InstanceAP,
    MatchCounts,
    measure_ap,
)
from scenewright.metrics.instances.best_iou import (
    InstanceQuality,
    measure_id_maps,
    measure_instances,
    pool_quality,
    scored_pixels,
)
from scenewright.metrics.instances.labels import (
    InstancePrediction,
    InstanceTruth,
    read_truth,
    write_truth,
)
from scenewright.metrics.instances.transfer import (
    AlignedTransfer,
    estimate_icp,
    transfer_aligned,
    transfer_nearest,
)
from scenewright.metrics.language.answers import (
    AnswerRule,
    AnswerScores,
    MatchShare,
    RankedScores,
    clean_answer,
    measure_answers,
    measure_ranked,
    sqa3d_type,
)
from scenewright.metrics.language.boxes import (
    IOU_M3DREF,
    IOU_SCANREFER,
    IoURule,
    box_ious,
)
from scenewright.metrics.language.captions import (
    CaptionScores,
    LocatedCaption,
    measure_captions,
    measure_located_captions,
)
from scenewright.metrics.language.grounding import (
    GroundedBox,
    GroundedSet,
    GroundingScores,
    SetScores,
    measure_grounding,
    measure_sets,
    read_identifiers,
    unique_objects,
)
from scenewright.metrics.language.meteor import (
    meteor_lite,
)
from scenewright.metrics.language.meteor_java import (
    find_meteor,
    meteor15,
)
from scenewright.metrics.language.overlap import (
    TextScore,
    bleu,
    cider,
    rouge_l,
)
from scenewright.metrics.language.tokens import (
    tokenize_caption,
)
from scenewright.metrics.reports.images import (
    format_images,
    format_masks,
    images_to_dict,
    masks_to_dict,
)
from scenewright.metrics.reports.instances import (
    ap_to_dict,
    format_ap,
    format_quality,
    quality_to_dict,
)
from scenewright.metrics.reports.scene_shapes import (
    comparison_to_dict,
    format_comparison,
    format_scores,
)
from scenewright.metrics.reports.shapes import format_meshes, meshes_to_dict
from scenewright.metrics.reports.tables import format_percent, format_table
from scenewright.metrics.shapes.alignment import (
    ALIGNMENTS,
    align_icp,
    align_icp_yaw,
    align_none,
    align_robust,
)
from scenewright.metrics.shapes.contacts import ContactFaults, measure_contacts
from scenewright.metrics.shapes.layout import PlacementError, measure_placement
from scenewright.metrics.shapes.meshes import (
    MeshComparison,
    compare_meshes,
    compare_points,
    sample_surface,
)
from scenewright.metrics.shapes.pairing import pair_objects
from scenewright.metrics.shapes.point_sets import (
    PointSetDistance,
    box_iou,
    compare_point_sets,
    fit_in_cube,
    stretch_to_cube,
)
from scenewright.metrics.shapes.scene_shapes import (
    ObjectScene,
    SceneComparison,
    SceneProtocol,
    compare_scenes,
)
from scenewright.metrics.shapes.scores import (
    PooledScores,
    SceneScores,
    pool_scores,
    score_objects,
    score_scene,
)

__all__ = [
    "ALIGNMENTS",
    "AP_THRESHOLDS",
    "IOU_M3DREF",
    "IOU_SCANREFER",
    "PROTOCOL_E",
    "PROTOCOL_M",
    "PROTOCOL_M_MASKCLUSTERING",
    "APProtocol",
    "AlignedTransfer",
    "AnswerRule",
    "AnswerScores",
    "CaptionScores",
    "ContactFaults",
    "GroundedBox",
    "GroundedSet",
    "GroundingScores",
    "IdMapFolder",
    "IdMapMatch",
    "ImageQuality",
    "InstanceAP",
    "InstancePrediction",
    "InstanceQuality",
    "InstanceTruth",
    "IoURule",
    "LocatedCaption",
    "MatchCounts",
    "MatchShare",
    "MeshComparison",
    "ObjectScene",
    "PerceptualDistance",
    "PlacementError",
    "PointSetDistance",
    "PooledScores",
    "PromptMask",
    "PromptScore",
    "PromptScores",
    "RankedScores",
    "SceneComparison",
    "SceneProtocol",
    "SceneScores",
    "SetScores",
    "TextScore",
    "align_icp",
    "align_icp_yaw",
    "align_none",
    "align_robust",
    "ap_to_dict",
    "bleu",
    "boundary_iou",
    "boundary_map",
    "box_iou",
    "box_ious",
    "cider",
    "clean_answer",
    "compare_meshes",
    "compare_point_sets",
    "compare_points",
    "compare_scenes",
    "comparison_to_dict",
    "estimate_icp",
    "find_meteor",
    "fit_in_cube",
    "format_ap",
    "format_comparison",
    "format_images",
    "format_masks",
    "format_meshes",
    "format_percent",
    "format_quality",
    "format_scores",
    "format_table",
    "images_to_dict",
    "lerf_id_maps",
    "lpips",
    "mask_iou",
    "masks_to_dict",
    "match_id_maps",
    "match_prompts",
    "mean_quality",
    "measure_answers",
    "measure_ap",
    "measure_captions",
    "measure_contacts",
    "measure_grounding",
    "measure_id_maps",
    "measure_image",
    "measure_instances",
    "measure_located_captions",
    "measure_placement",
    "measure_prompt_masks",
    "measure_ranked",
    "measure_sets",
    "meshes_to_dict",
    "meteor15",
    "meteor_lite",
    "open_id_maps",
    "open_replica",
    "pair_frames",
    "pair_objects",
    "pool_quality",
    "pool_scores",
    "psnr",
    "quality_to_dict",
    "read_identifiers",
    "read_lerf_masks",
    "read_truth",
    "replica_background",
    "rouge_l",
    "sample_surface",
    "score_objects",
    "score_scene",
    "scored_pixels",
    "sqa3d_type",
    "ssim",
    "stretch_to_cube",
    "tokenize_caption",
    "transfer_aligned",
    "transfer_nearest",
    "unique_objects",
    "write_truth",
]
