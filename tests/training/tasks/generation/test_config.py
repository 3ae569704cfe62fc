"""Configurations of the training of generate/tiny."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.training.tasks.generation.config import (
    EncoderTrainingConfig,
    FlowTrainingConfig,
    VaeTrainingConfig,
)


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(ConventionError, match=r"VaeTrainingConfig\.steps: expected 1 or more"):
        VaeTrainingConfig(steps=0)
    with pytest.raises(ConventionError, match=r"FlowTrainingConfig\.scenes: expected 1 or more"):
        FlowTrainingConfig(scenes=0)
    with pytest.raises(ConventionError, match=r"EncoderTrainingConfig\.layers: expected 1 or more"):
        EncoderTrainingConfig(layers=0)


def test_unknown_methods_and_kinds_are_refused() -> None:
    with pytest.raises(ConventionError, match="method: expected blocks or network, got wavelets"):
        VaeTrainingConfig(method="wavelets")
    with pytest.raises(ConventionError, match="kind: expected mixed, random, rooms or tabletop"):
        FlowTrainingConfig(kind="garden")
    with pytest.raises(ConventionError, match="kind: expected mixed, random, rooms or tabletop"):
        EncoderTrainingConfig(kind="garden")
