"""Settings of decomposition, and its presets."""

from __future__ import annotations

import pytest

from scenewright.core import (
    ConventionError,
    UnknownNameError,
)
from scenewright.splats.decomposition import (
    ClusterConfig,
    available_cluster_presets,
    cluster_preset,
)


def test_settings_are_checked() -> None:
    assert available_cluster_presets() == ("default", "published")
    with pytest.raises(UnknownNameError) as unknown:
        cluster_preset("best")
    assert (
        str(unknown.value)
        == "Cluster preset 'best': expected one of default, published, got 'best'"
    )
    assert cluster_preset(ClusterConfig(coverage=0.5)).coverage == 0.5  # type: ignore[union-attr]
    with pytest.raises(ConventionError) as wrong:
        cluster_preset(0.5)  # type: ignore[arg-type]
    assert str(wrong.value) == (
        "Cluster preset: expected a name or a ClusterConfig or PublishedConfig, got float"
    )
    with pytest.raises(ConventionError) as caught:
        ClusterConfig(coverage=-1)
    assert str(caught.value) == "ClusterConfig.coverage: expected a number, 0 or more, got -1"
