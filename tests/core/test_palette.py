"""Colors of instances."""

from __future__ import annotations

import numpy as np

from scenewright.core import instance_color


def test_neighboring_ids_have_far_colors() -> None:
    colors = np.array([instance_color(i) for i in range(1, 40)], float)
    assert np.linalg.norm(np.diff(colors, axis=0), axis=1).min() > 60
    assert len({instance_color(i) for i in range(200)}) == 200
    assert len(set(instance_color(0))) <= 2
