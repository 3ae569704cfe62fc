"""The configuration of fine-tuning."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.training.tasks.sceneflow.config import SceneFlowTrainingConfig


def test_recipes_choose_the_weight_of_collisions() -> None:
    assert SceneFlowTrainingConfig().collision == 1.0
    assert SceneFlowTrainingConfig(recipe="iscene").collision == 0.0
    assert SceneFlowTrainingConfig(recipe="iscene", collision_weight=0.3).collision == 0.3


def test_bad_values_are_named() -> None:
    with pytest.raises(ConventionError, match="recipe: expected scenegen or iscene, got 'midi'"):
        SceneFlowTrainingConfig(recipe="midi")
    with pytest.raises(ConventionError, match="max_objects: expected 2 or more, got 1"):
        SceneFlowTrainingConfig(max_objects=1)
    with pytest.raises(ConventionError, match="scenes: expected 1 or more, got 0"):
        SceneFlowTrainingConfig(scenes=0)
    with pytest.raises(ConventionError, match="drop_condition: expected 0 or more and below 1"):
        SceneFlowTrainingConfig(drop_condition=1.0)
