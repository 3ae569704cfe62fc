"""The training configuration of the mask network."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from scenewright.core import ConventionError
from scenewright.training.tasks.masks.config import MaskTrainingConfig


@pytest.mark.parametrize(
    "name", ["steps", "batch_size", "validate_every", "num_threads", "held_out"]
)
def test_counts_below_one_are_refused(name: str) -> None:
    changes: dict[str, Any] = {name: 0}
    with pytest.raises(ConventionError) as caught:
        replace(MaskTrainingConfig(), **changes)
    assert str(caught.value) == f"MaskTrainingConfig.{name}: expected 1 or more, got 0"


def test_importing_the_configuration_does_not_import_torch() -> None:
    code = (
        "import sys; import scenewright.training.tasks.masks.config; "
        "bad = [m for m in ('torch', 'numba') if m in sys.modules]; assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
