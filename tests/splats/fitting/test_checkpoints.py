"""Checkpoints of a fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError, Frame, SurfelCloud
from scenewright.splats.fitting.fitter import Fitter
from tests.splats.fitting.fitting_builders import (
    SMALL_FIT,
)


def test_checkpoints_of_other_views_are_refused(
    frames: list[Frame], surfels: SurfelCloud, tmp_path: Path
) -> None:
    path = tmp_path / "fit.ckpt"
    Fitter(frames, surfels, config=SMALL_FIT).save(path)
    with pytest.raises(FormatError) as caught:
        Fitter.resume(path, frames[1:])
    assert str(caught.value) == (
        f"{path} is a checkpoint of other views: expected 9 views, 0 to 8, got 8, 1 to 8. Resume "
        "with the capture that the fit was started with."
    )
    path.write_bytes(b"nothing of use")
    with pytest.raises(FormatError, match="expected a checkpoint of a fit, got one that cannot"):
        Fitter.resume(path, frames)
