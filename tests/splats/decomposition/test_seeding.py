"""Seeds of a decomposition from segmented points."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import (
    PointCloud,
    ShapeError,
)
from scenewright.splats.decomposition import (
    seed_from_points,
)
from tests.splats.decomposition.room_builders import (
    Pictured,
)


def test_seeding_leaves_far_surfels_alone(room: Pictured) -> None:
    near = room.surfels.means[:, 0] < 0
    points = PointCloud(room.surfels.means[near], instance_id=np.full(near.sum(), 7, np.int32))
    seeds = seed_from_points(points, room.surfels)
    assert (seeds[near] == 7).all()
    assert (seeds[room.surfels.means[:, 0] > 0.5] == 0).all()
    with pytest.raises(ShapeError) as caught:
        seed_from_points(PointCloud(room.surfels.means), room.surfels)
    assert str(caught.value) == (
        "points to seed from: expected instance ids, got none. Segment the capture first."
    )
