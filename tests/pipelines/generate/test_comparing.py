"""Pictures of a result."""

from __future__ import annotations

import numpy as np

from scenewright.core import MaskSet, instance_color
from scenewright.pipelines.generate.comparing import tinted


def test_masks_are_tinted_in_the_colors_of_their_ids() -> None:
    image = np.full((4, 6, 3), 100, np.uint8)
    ids = np.zeros((4, 6), np.int32)
    ids[1, 1], ids[2, 3] = 1, 7
    found = tinted(image, MaskSet.from_id_map(ids))
    assert (found[ids == 0] == 100).all()
    for number in (1, 7):
        wanted = 0.45 * 100 + 0.55 * np.array(instance_color(number))
        assert np.abs(found[ids == number][0] - wanted).max() <= 1
