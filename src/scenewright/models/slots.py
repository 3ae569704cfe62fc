"""The slots: what a backend has to offer so that the rest can use it without knowing it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, MaskSet


@runtime_checkable
class MaskProposer(Protocol):
    """Finds the masks of one frame. Backends are named ``masks/...``."""

    def propose(self, frame: Frame) -> MaskSet | None:
        """Proposes masks for one frame, which is not changed.

        Args:
            frame: Image and, where the backend needs it, depth.

        Returns:
            Masks of the frame's size. An empty set says "looked and found nothing"; None says
            that nothing is known of this frame, so that it takes no part in the segmentation.
        """
        ...


@runtime_checkable
class PromptSegmenter(Protocol):
    """Finds the mask of one thing that a user points at."""

    def segment(
        self,
        image: NDArray[np.uint8],
        *,
        points: NDArray[np.floating] | None = None,
        labels: NDArray[np.integer] | None = None,
        box: NDArray[np.floating] | None = None,
    ) -> MaskSet:
        """Segments one thing. At least one point or a box is needed.

        Args:
            image: (H, W, 3) uint8 RGB.
            points: (N, 2) x and y, pixels; the center of the upper left pixel is (0.5, 0.5).
            labels: (N,) 1 for a point on the thing, 0 for one beside it; all 1 if left out.
            box: (4,) x, y, x, y bounds of the thing, pixels.

        Returns:
            Masks of the picture's size that all mean the same thing, the most likely first. There
            are several where the prompt can be read in several ways, and none if nothing is found.
        """
        ...


@runtime_checkable
class ImageEncoder(Protocol):
    """Makes vectors of pictures, masks and texts that can be compared. Named ``embed/...``."""

    @property
    def dim(self) -> int:
        """Length D of the vectors."""
        ...

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        """Encodes the whole picture, or each mask of it.

        Args:
            image: (H, W, 3) uint8 RGB.
            masks: N masks of the picture's size, or None for the whole picture.

        Returns:
            (N, D) float32 unit vectors in the order of the masks, (1, D) without masks.
        """
        ...

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        """(M, D) float32 unit vectors of M texts."""
        ...
