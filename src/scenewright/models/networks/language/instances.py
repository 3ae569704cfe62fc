"""What networks of language see of the objects of scenes, as tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from scenewright.core import ConventionError


class InstanceInputs(NamedTuple):
    """The objects of B scenes, up to N in each; tensors without B are one scene.

    Lengths are in meters along level axes, z up.

    Attributes:
        center: (B, N, 3) centers of the boxes.
        size: (B, N, 3) full extents.
        known: (B, N) bool, whether a row holds an object; others are padding.
        viewer: (B, 2) where someone stands who looks at the scene, such as the middle of the room.
        room: (B, 2, 3) lowest and highest corner of the room.
        shape: (B, N, A) 3D vector of each object.
        views: (B, N, M, C) vectors of its pictures, or None.
        view_known: (B, N, M) bool, whether there is such a picture; None without pictures.
        view_level: (B, N, M) int64, how wide each picture is cropped; None without pictures.
        view_seen: (B, N, M) share of the object that each picture shows; None without pictures.
        alike: (B, N, N) how likely two objects are of one class, or None.
    """

    center: Tensor
    size: Tensor
    known: Tensor
    viewer: Tensor
    room: Tensor
    shape: Tensor
    views: Tensor | None = None
    view_known: Tensor | None = None
    view_level: Tensor | None = None
    view_seen: Tensor | None = None
    alike: Tensor | None = None

    def to(self, device: str | torch.device) -> InstanceInputs:
        """The same on a device."""
        return self._changed(lambda one: one.to(device))

    def _changed(self, change: Callable[[Tensor], Tensor]) -> InstanceInputs:
        given = {name: value for name, value in self._asdict().items() if value is not None}
        return InstanceInputs(**{name: change(value) for name, value in given.items()})

    def batched(self) -> InstanceInputs:
        """With a batch of one scene in front, if there is none.

        Raises:
            ConventionError: The tensors do not belong together.
        """
        parts = self
        if self.center.ndim == 2:
            parts = self._changed(lambda one: one[None])
        count = parts.center.shape[:2]
        for name in ("size", "known", "shape", "views", "view_known", "view_level", "view_seen"):
            value = getattr(parts, name)
            if value is not None and value.shape[:2] != count:
                raise ConventionError(
                    name, expected=f"rows of {tuple(count)} objects", got=str(tuple(value.shape))
                )
        return parts


def random_identifiers(
    known: Tensor, count: int, *, generator: torch.Generator | None = None
) -> Tensor:
    """(B, N) int64 different identifiers from 0 to count - 1 for the objects of each scene.

    With new ones in every step of training, an identifier means nothing but its object in the
    prompt. Rows of padding get what is left.

    Args:
        known: (B, N) bool.
        count: Number of identifiers, at least N.
        generator: Random numbers, on the CPU.

    Raises:
        ConventionError: There are more objects than identifiers.
    """
    rows, objects = known.shape
    if objects > count:
        raise ConventionError(
            "Objects", expected=f"at most {count}, one per identifier", got=str(objects)
        )
    order = torch.rand(rows, count, generator=generator).argsort(dim=1)[:, :objects]
    return order.to(known.device)
