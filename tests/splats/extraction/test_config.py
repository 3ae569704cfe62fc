"""Settings of the extraction of objects."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.splats.extraction import ObjectConfig


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConventionError) as config:
        ObjectConfig(margin=0.5)
    assert str(config.value) == "ObjectConfig.margin: expected 1 or more, got 0.5"
    with pytest.raises(ConventionError) as error:
        ObjectConfig(resolution=0)
    assert str(error.value) == "ObjectConfig.resolution: expected 1 or more, got 0"
