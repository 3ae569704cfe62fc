"""Numbers of which precision a processor computes with quickly."""

from __future__ import annotations

import torch


def fast_bfloat16(device: str) -> bool:
    """Whether a device computes with bfloat16 natively.

    A CPU without instructions for it takes more than ten times as long as with float32.

    Args:
        device: Torch device.
    """
    if torch.device(device).type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return True
