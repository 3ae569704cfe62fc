"""Architecture of the affinity network, shared by training and inference."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.models.tiny.features import NUM_FEATURES

OFFSETS: tuple[tuple[int, int], ...] = (
    (0, 1), (1, 0),
    (0, 3), (3, 0), (3, 3), (3, -3),
    (0, 9), (9, 0), (9, 9), (9, -9),
    (0, 27), (27, 0), (27, 27), (27, -27),
)  # fmt: skip
"""Row and column offsets from a cell to the neighbors for which an affinity is predicted."""


@dataclass(frozen=True)
class NetworkDesign:
    """Widths and depths of a U-shaped convolutional network (Ronneberger et al., 2015).

    The input is first folded 2 x 2 into channels, so that the finest level has half the resolution
    of the grid. Each further level halves it again.

    Attributes:
        widths: Channels of each level, finest first.
        blocks: Residual blocks of each level.
        num_inputs: Features per grid cell.
        num_outputs: One affinity per offset.
    """

    widths: tuple[int, ...] = (24, 48, 96, 128, 128)
    blocks: tuple[int, ...] = (0, 1, 2, 2, 2)
    num_inputs: int = NUM_FEATURES
    num_outputs: int = len(OFFSETS)
