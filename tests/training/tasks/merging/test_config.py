"""The training configuration of learned merging."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from scenewright.core import ConventionError
from scenewright.training.tasks.merging.config import MergingTrainingConfig


@pytest.mark.parametrize(
    "name", ["num_rooms", "held_out", "num_workers", "pair_trees", "whole_trees", "leaves"]
)
def test_counts_below_one_are_refused(name: str) -> None:
    changes: dict[str, Any] = {name: 0}
    with pytest.raises(ConventionError) as caught:
        replace(MergingTrainingConfig(), **changes)
    assert str(caught.value) == f"MergingTrainingConfig.{name}: expected 1 or more, got 0"


def test_some_rooms_must_remain_to_train_on() -> None:
    with pytest.raises(ConventionError) as caught:
        MergingTrainingConfig(num_rooms=3, held_out=3)
    assert str(caught.value) == (
        "MergingTrainingConfig.held_out: expected fewer than num_rooms, 3, got 3"
    )


def test_importing_the_configuration_imports_nothing_heavy() -> None:
    code = (
        "import sys; import scenewright.training.tasks.merging.config; "
        "bad = [m for m in ('numpy', 'numba', 'torch', 'lightgbm') if m in sys.modules]; "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
