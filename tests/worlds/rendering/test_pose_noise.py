"""Errors of tracked poses."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.rendering import PoseNoise


def test_drift_and_jitter() -> None:
    true = np.tile(np.eye(4), (400, 1, 1))
    rng = np.random.default_rng(0)
    jitter = PoseNoise(drift=0, drift_deg=0, jitter=0.01, jitter_deg=1).disturb(true, rng=rng)
    assert jitter[:, :3, 3].std() == pytest.approx(0.01, rel=0.1)
    angle = np.rad2deg(np.arccos((np.trace(jitter[:, :3, :3], axis1=1, axis2=2) - 1) / 2))
    assert np.sqrt((angle**2).mean()) == pytest.approx(np.sqrt(3), rel=0.1)
    turned = jitter[:, :3, :3]
    np.testing.assert_allclose(
        turned @ turned.transpose(0, 2, 1), np.tile(np.eye(3), (400, 1, 1)), atol=1e-12
    )
    drift = PoseNoise(drift=0.01, drift_deg=0, jitter=0, jitter_deg=0).disturb(true, rng=rng)
    assert (drift[0] == np.eye(4)).all()
    steps = np.diff(drift[:, :3, 3], axis=0)
    assert steps.std() == pytest.approx(0.01, rel=0.1)
    assert np.abs(drift[-50:, :3, 3]).max() > 0.05
    assert (true == np.eye(4)).all()
