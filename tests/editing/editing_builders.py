"""Scenes of every kind of member for tests of edits."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from scenewright.core import (
    FREE,
    OCCUPIED,
    Asset,
    Instance,
    InstanceTable,
    Mesh,
    PointCloud,
    Relation,
    RelationTable,
    Scene,
    StateGrid,
    SurfelCloud,
)
from scenewright.geometry.boxes import fit_box
from tests.io.surfel_builders import make_surfels

IDS = (2, 5, 9, 11)
"""Ids of `make_edit_scene`, in the order of its table."""


def make_strip(start: float, *, num: int = 4) -> Mesh:
    """A strip of 2 `num` triangles along x from `start` to `start + 1`, a color per vertex."""
    x = np.repeat(np.linspace(start, start + 1, num + 1), 2)
    y = np.tile([0.0, 1.0], num + 1)
    vertices = np.column_stack([x, y, np.zeros(len(x))]).astype(np.float32)
    corners = 2 * np.arange(num)[:, None] + [[0, 2, 1, 1, 2, 3]]
    colors = (np.arange(len(x))[:, None] * [7, 11, 13] % 256).astype(np.uint8)
    return Mesh(vertices, corners.reshape(-1, 3).astype(np.int32), colors)


def make_block_grid(start: float, *, cell: float = 0.25) -> StateGrid:
    """Cells around the strip that begins at `start`: the middle layer occupied, others free."""
    states = np.full((round(1 / cell), round(1 / cell), 3), FREE, np.uint8)
    states[:, :, 1] = OCCUPIED
    return StateGrid(states, np.array([start, 0.0, -1.5 * cell]), cell, 0.5)


def make_edit_scene(seed: int = 0, *, num: int = 60, points: bool = True) -> Scene:
    """Four objects side by side along x, each a unit square with points, surfels, mesh and grid.

    Instance `IDS[k]` lies at x from k to k + 1; a tenth of points and surfels is nobody's.
    """
    rng = np.random.default_rng(seed)
    slot = np.concatenate([np.arange(len(IDS)), rng.integers(0, len(IDS), num - len(IDS))])
    positions = np.column_stack([slot + rng.uniform(0.01, 0.99, num), rng.uniform(0, 1, num)])
    positions = np.column_stack([positions, rng.normal(0, 0.01, num)]).astype(np.float32)
    ids = np.array(IDS, np.int32)[slot]
    ids[len(IDS) :][rng.uniform(size=num - len(IDS)) < 0.1] = 0
    surfels = make_surfels(num, degree=1, ids=False, seed=seed)
    surfels = SurfelCloud(
        positions[::-1].copy(), surfels.quats, surfels.scales, surfels.opacities, surfels.sh,
        ids[::-1].copy(), surfels.instance_score,
    )  # fmt: skip
    rows = []
    for k, instance_id in enumerate(IDS):
        vector = rng.normal(size=3)
        rows.append(
            Instance(
                instance_id,
                ("chair", "", "table", "lamp")[k],
                0.5 + 0.1 * k,
                fit_box(positions[ids == instance_id]),
                int((ids == instance_id).sum()),
                k + 1,
                label_scores={"chair": 0.5, "stool": 0.25} if k == 0 else {},
                features={"clip": (vector / np.linalg.norm(vector)).astype(np.float32)},
            )
        )
    relations = [
        Relation(2, "beside", 5, 0.5),
        Relation(5, "beside", 9, 0.75),
        Relation(9, "on", 2),
    ]
    return Scene(
        InstanceTable.from_rows(rows, feature_models={"clip": "embed/clip"}),
        PointCloud(positions, instance_id=ids) if points else None,
        {i: _asset(k) for k, i in enumerate(IDS[:3])},
        np.array([0.0, 0.0, 1.0]),
        surfels=surfels,
        grids={i: make_block_grid(k) for k, i in enumerate(IDS[:2])},
        relations=RelationTable.from_rows(relations),
    )


def _asset(position: int) -> Asset:
    mesh = make_strip(0.0)
    placement = np.eye(4)
    placement[0, 3] = position
    observed = np.arange(len(mesh.vertices)) % 2 == 0 if position == 0 else None
    return Asset(mesh, placement, is_whole=None, observed=observed)


SEEDS = st.integers(0, 10_000)
"""Seeds of `make_edit_scene`."""


def membership(scene: Scene) -> dict[int, int]:
    """Number of points and surfels of each id, 0 included."""
    clouds = [cloud.instance_id for cloud in (scene.points, scene.surfels) if cloud is not None]
    ids, counts = np.unique(
        np.concatenate([i for i in clouds if i is not None]), return_counts=True
    )
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def check_edited(before: Scene, after: Scene) -> None:
    """Fails unless an edit kept everything that no edit may lose."""
    ids = after.instances.id.tolist()
    assert len(set(ids)) == len(ids)
    if before.points is not None and after.points is not None:
        assert after.points.points is before.points.points
    if before.surfels is not None and after.surfels is not None:
        assert after.surfels.means is before.surfels.means
        assert after.surfels.instance_score is before.surfels.instance_score
    assert sum(membership(after).values()) == sum(membership(before).values())
    counted = after.points if after.points is not None else after.surfels
    assert counted is not None and counted.instance_id is not None
    for row in after.instances:
        assert row.num_points == int((counted.instance_id == row.id).sum())
    assert len(after.provenance) == len(before.provenance) + 1
    assert after.instances.feature_models() == before.instances.feature_models()
