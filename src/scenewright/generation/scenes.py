"""Generated assets as a `Scene`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    ConventionError,
    Instance,
    InstanceTable,
    Scene,
    ShapeError,
    SurfelCloud,
)
from scenewright.geometry.boxes import fit_box
from scenewright.geometry.surfel_transforms import joined_surfels, moved_surfels

_UP = (0.0, 0.0, 1.0)


def generated_scene(
    assets: Sequence[Asset],
    *,
    ids: Sequence[int] | None = None,
    labels: Sequence[str] | None = None,
    up: NDArray[np.float64] | None = None,
    source: Literal["generated", "completed"] = "generated",
    is_metric: bool = True,
) -> Scene:
    """A scene with a row per asset.

    Args:
        assets: In the order of the objects, placed in the world.
        ids: Instance id of each; None counts from 1.
        labels: Category name of each; None if unknown.
        up: (3,) unit vector against gravity; None for +z.
        source: Origin of the geometry.
        is_metric: Whether the placements are in meters.

    Returns:
        Boxes are the smallest upright ones. Surfels of the assets, if all have them, are also those
        of the scene.

    Raises:
        ConventionError: There is no asset.
        ShapeError: The numbers of ids or labels differ from that of assets.
    """
    if not assets:
        raise ConventionError("generated scene", expected="at least 1 asset", got="none")
    numbers = list(range(1, len(assets) + 1) if ids is None else ids)
    names = list([""] * len(assets) if labels is None else labels)
    for what, given in (("ids", numbers), ("labels", names)):
        if len(given) != len(assets):
            raise ShapeError(what, expected=f"{len(assets)}, one per asset", got=str(len(given)))
    upward = np.array(_UP) if up is None else np.asarray(up, np.float64)
    rows = [
        Instance(
            id=number,
            label=name,
            score=1.0,
            box=fit_box(asset.world_vertices(), up=upward),
            source=source,
        )
        for number, name, asset in zip(numbers, names, assets, strict=True)
    ]
    return Scene(
        InstanceTable.from_rows(rows),
        assets=dict(zip(numbers, assets, strict=True)),
        up=upward,
        surfels=_scene_surfels(assets, numbers),
        is_metric=is_metric,
    )


def _scene_surfels(assets: Sequence[Asset], ids: Sequence[int]) -> SurfelCloud | None:
    placed = [
        moved_surfels(asset.surfels, asset.world_from_asset).with_instances(
            np.full(len(asset.surfels), number, np.int32)
        )
        for number, asset in zip(ids, assets, strict=True)
        if asset.surfels is not None
    ]
    return joined_surfels(placed) if len(placed) == len(assets) else None
