"""A fit that does not fit into memory is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import CaptureError, Frame, SurfelCloud
from scenewright.splats.fitting.fitter import Fitter
from scenewright.splats.fitting.memory import require_memory
from tests.splats.fitting.fitting_builders import (
    SMALL_FIT,
    make_frame,
    make_pose,
)


class EndlessFrames:
    """A capture that says it has more frames than any memory can hold."""

    names: Sequence[str] = ()
    up: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return 10**9

    def __getitem__(self, index: int, /) -> Frame:
        return make_frame(index, make_pose(0, 0, 0))

    def __iter__(self) -> Iterator[Frame]:
        raise AssertionError("nothing is decoded before the estimate")


def test_what_does_not_fit_into_memory_is_refused_before_it_starts(surfels: SurfelCloud) -> None:
    with pytest.raises(CaptureError) as caught:
        Fitter(EndlessFrames(), surfels, config=SMALL_FIT)
    assert caught.value.what == (
        "Not enough memory for the fit (1000000000 images of 64 x 48 pixels, up to 4000 surfels)"
    )
    assert caught.value.got == "an estimated 11444.1 GiB"
    with pytest.raises(CaptureError) as exact:
        require_memory(3 * 2**30, 2**30, what="much")
    assert str(exact.value) == (
        "Not enough memory for the fit (much): expected at most 1.0 GiB (available), "
        "got an estimated 3.0 GiB. Use fewer or smaller images, or lower densify.max_surfels."
    )
    require_memory(3, None, what="much")
