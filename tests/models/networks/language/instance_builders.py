"""Small scenes as tensors."""

from __future__ import annotations

import torch

from scenewright.models.networks.language.instances import InstanceInputs

SHAPE, VIEW = 8, 6


def make_instances(scenes: int = 2, objects: int = 5, views: int = 3) -> InstanceInputs:
    """Random objects; of each, the first of its pictures is known, and half of the others."""
    noise = torch.Generator().manual_seed(3)
    size = torch.rand(scenes, objects, 3, generator=noise) + 0.1
    known = torch.rand(scenes, objects, views, generator=noise) < 0.5
    known[:, :, 0] = True
    return InstanceInputs(
        torch.rand(scenes, objects, 3, generator=noise) * 5, size,
        torch.ones(scenes, objects, dtype=torch.bool), torch.full((scenes, 2), 2.5),
        torch.tensor([[0.0, 0.0, 0.0], [5.0, 5.0, 3.0]]).expand(scenes, 2, 3),
        torch.randn(scenes, objects, SHAPE, generator=noise),
        torch.randn(scenes, objects, views, VIEW, generator=noise), known,
        torch.zeros(scenes, objects, views, dtype=torch.int64),
        torch.rand(scenes, objects, views, generator=noise),
    )  # fmt: skip


def with_padding(objects: InstanceInputs, rows: int = 3) -> InstanceInputs:
    """The same with rows that hold no object, filled with large numbers."""
    changed = {}
    for name, value in objects._asdict().items():
        changed[name] = value
        if value is not None and name not in ("viewer", "room"):
            number = 0 if value.dtype == torch.bool else 2 if name == "view_level" else 9
            fill = torch.full((value.shape[0], rows, *value.shape[2:]), number).to(value.dtype)
            changed[name] = torch.cat([value, fill], dim=1)
    return InstanceInputs(**changed)
