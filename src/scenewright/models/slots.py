"""The slots: what a backend has to offer so that the rest can use it without knowing it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

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
