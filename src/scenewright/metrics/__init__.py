"""Numbers against truth: average precision of instances, their fit one by one, and reports."""

from scenewright.metrics.instance_ap import (
    AP_THRESHOLDS,
    PROTOCOL_E,
    PROTOCOL_M,
    PROTOCOL_M_MASKCLUSTERING,
    APProtocol,
    InstanceAP,
    MatchCounts,
    measure_ap,
)
from scenewright.metrics.instances import (
    InstanceQuality,
    measure_id_maps,
    measure_instances,
    pool_quality,
    scored_pixels,
)
from scenewright.metrics.labels import (
    InstancePrediction,
    InstanceTruth,
    read_truth,
    write_truth,
)
from scenewright.metrics.report import (
    ap_to_dict,
    format_ap,
    format_percent,
    format_quality,
    format_table,
    quality_to_dict,
)
from scenewright.metrics.transfer import (
    AlignedTransfer,
    estimate_icp,
    transfer_aligned,
    transfer_nearest,
)

__all__ = [
    "AP_THRESHOLDS",
    "PROTOCOL_E",
    "PROTOCOL_M",
    "PROTOCOL_M_MASKCLUSTERING",
    "APProtocol",
    "AlignedTransfer",
    "InstanceAP",
    "InstancePrediction",
    "InstanceQuality",
    "InstanceTruth",
    "MatchCounts",
    "ap_to_dict",
    "estimate_icp",
    "format_ap",
    "format_percent",
    "format_quality",
    "format_table",
    "measure_ap",
    "measure_id_maps",
    "measure_instances",
    "pool_quality",
    "quality_to_dict",
    "read_truth",
    "scored_pixels",
    "transfer_aligned",
    "transfer_nearest",
    "write_truth",
]
