"""Pictures and what is found in them, left and right exchanged.

A picture and its mirror image show the same: what is found in both, on average, is nearer to the
truth than what is found in one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry
from scenewright.models.generators.tiny.inputs import PLACE, POINTS


def mirrored_crops(crops: Tensor) -> Tensor:
    """(N, channels, side, side) crops as of the mirrored picture."""
    result = crops.flip(-1)
    result[:, [PLACE.start, POINTS.start]] *= -1  # u and x change their sign
    return result


def mirrored_geometry(known: KnownGeometry) -> KnownGeometry:
    """What is known of shapes, left and right exchanged."""
    return KnownGeometry(known.occupied.flip(1), known.free.flip(1), known.is_blind)


def mirrored_conditions(found: Conditions) -> Conditions:
    """What is found in a mirrored picture, mirrored back; tokens stay as they are."""
    boxes = found.boxes.clone()
    boxes[:, 0] *= -1
    # The heading that was h is -h: the first class stays, the others change places.
    headings = found.headings.roll(-1, 1).flip(1)
    return found._replace(
        boxes=boxes,
        logits=found.logits.flip(1),
        canonical=found.canonical.flip(1),
        headings=headings,
        colors=found.colors.flip(2),
    )


def averaged(one: Conditions, other: Conditions) -> Conditions:
    """The mean of what is found twice, with the tokens of the first."""
    means = [torch.lerp(a, b, 0.5) for a, b in zip(one[2:], other[2:], strict=True)]
    return Conditions(one.own, one.whole, *means)
