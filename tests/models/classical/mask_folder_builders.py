"""Id maps on the disk, and the masks that a folder of them gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import MaskSet, ScenewrightError
from scenewright.models import MaskProposer
from tests.models.models_builders import make_frame

IDS = np.array(
    [[0, 0, 1, 1, 1, 0, 3, 3]] * 3 + [[0, 0, 0, 0, 1, 0, 3, 0]] * 3,
    np.uint8,
)


def write_ids(path: Path, ids: NDArray[np.integer] = IDS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ids).save(path)


def proposed(folder: MaskProposer, name: str = "000000") -> MaskSet:
    masks = folder.propose(make_frame(name))
    assert masks is not None
    return masks


def message(caught: pytest.ExceptionInfo[ScenewrightError]) -> str:
    return str(caught.value)
