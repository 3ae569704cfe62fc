"""The frames that show most of each object."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ChosenFrames, ConventionError, FrameList
from scenewright.data import open_capture
from scenewright.fusion.frame_ids import SurfaceIds
from scenewright.io import load_scene
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.sources.best_frames import LEAST_PIXELS, best_frames
from tests.builders import make_frame


def test_best_views_come_first(segmented: SegmentRun, capture: Path) -> None:
    scene = load_scene(segmented.folder.path)
    source, surface = open_capture(capture), SurfaceIds(scene)
    ids = scene.instances.id[~scene.instances.is_stuff].tolist()
    best = best_frames(surface, source, ids, views=3)
    assert best.frame.shape == best.pixels.shape == (len(ids), 3)
    assert (np.diff(best.pixels, axis=1) <= 0).all()
    assert (best.frame[:, 0] >= 0).any()
    for row in np.flatnonzero(best.frame[:, 0] >= 0)[:3].tolist():
        frame = next(iter(ChosenFrames(source, [int(best.frame[row, 0])])))
        shown = int((surface.id_map(frame) == ids[row]).sum())
        assert shown == best.pixels[row, 0] >= LEAST_PIXELS
    wanted = best.by_frame()
    assert list(wanted) == sorted(wanted)
    assert sum(map(len, wanted.values())) == int((best.frame >= 0).sum())


def test_frames_that_cannot_be_used(segmented: SegmentRun) -> None:
    surface = SurfaceIds(load_scene(segmented.folder.path))
    source = FrameList([replace(make_frame(), depth=None)])
    with pytest.raises(ConventionError, match="images, depth and poses"):
        best_frames(surface, source, [1], views=1)
    with pytest.raises(ConventionError, match="views"):
        best_frames(surface, source, [1], views=0)
