"""Configuration of the masks from point grids."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.models import create, registry
from scenewright.models.adapters.sam_config import SamMaskConfig


@pytest.mark.parametrize(
    ("option", "least"),
    [("points_per_side", 1), ("points_per_batch", 1), ("min_area", 1), ("crop_layers", 0)],
)
def test_counts_below_the_least(option: str, least: int) -> None:
    changes: dict[str, Any] = {option: least - 1}
    with pytest.raises(ConventionError) as caught:
        replace(SamMaskConfig(), **changes)
    assert str(caught.value) == f"{option}: expected {least} or more, got {least - 1}"
    changes[option] = least
    assert getattr(replace(SamMaskConfig(), **changes), option) == least


@pytest.mark.parametrize("name", ["masks/sam", "masks/sam2"])
def test_fields_are_options_of_the_backends(name: str) -> None:
    pytest.importorskip("transformers")
    names = registry.option_names(name)
    assert {field.name for field in fields(SamMaskConfig)} <= set(names)
    assert {"config", "weights", "sha256", "device", "dtype"} <= set(names)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'points_per_side'\?"):
        create(name, points_per_sid=4)
