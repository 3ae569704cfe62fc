"""Free parameters of surfels."""

from __future__ import annotations

import numpy as np

from scenewright.splats.fitting.parameters import RawSurfels
from tests.splats.fitting.parameter_builders import make_raw


def test_raw_surfels_give_the_cloud_back() -> None:
    raw = make_raw()
    again = RawSurfels.of(raw.to_cloud(), sh_degree=1)
    for one, other in zip(raw, again, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    grown = RawSurfels.of(raw.to_cloud(), sh_degree=2)
    assert grown.sh.shape == (30, 9, 3)
    assert (grown.sh[:, :4] == raw.sh).all()
    assert not grown.sh[:, 4:].any()
