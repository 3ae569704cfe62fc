"""The backend masks/parts: small masks, and the network's belief about pairs of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from scenewright.core import Camera, CaptureError, ConventionError, Frame, MaskSet, WeightsError
from scenewright.models.tiny.design import NetworkDesign
from scenewright.models.tiny.parts import PartMasks
from tests.models.tiny.tiny_builders import CAMERA, box_frame, random_weights, true_affinities


def table_of(masks: MaskSet) -> NDArray[np.float32]:
    assert masks.affinity is not None
    return masks.affinity


def test_masks_do_not_overlap_and_lie_on_depth() -> None:
    frame = box_frame()
    assert frame.depth is not None
    frame.depth[:20] = 0
    masks = PartMasks().propose(frame)
    assert len(masks) >= 2
    assert masks.dense().sum(axis=0).max() == 1
    assert not masks.dense()[:, :20].any()
    assert ((masks.scores > 0) & (masks.scores <= 1)).all()


@pytest.mark.parametrize("every", [1, 3])
def test_the_network_runs_on_every_nth_frame(every: int) -> None:
    backend = PartMasks(every=every)
    found = [backend.propose(box_frame()) for _ in range(5)]
    has = [one.affinity is not None for one in found]
    assert has == [i % every == 0 for i in range(5)]
    for one in found[1:]:
        np.testing.assert_array_equal(one.to_id_map(), found[0].to_id_map())


def test_affinity_is_a_symmetric_belief() -> None:
    table = table_of(PartMasks().propose(box_frame()))
    known = table[~np.isnan(table)]
    assert len(known) and ((known >= 0) & (known <= 1)).all()
    np.testing.assert_array_equal(table, table.T)


def open_book() -> tuple[Frame, NDArray[np.int64]]:
    """A wall, and before it two faces that meet in a dent; with the true ids of pixels."""
    frame = box_frame()
    assert frame.depth is not None and frame.image is not None
    depth, image = frame.depth, frame.image
    depth[:], image[:] = 2.5, 90
    columns = np.arange(100)
    depth[60:200, 60:160] = (1.2 + 0.004 * columns).astype(np.float32)
    depth[60:200, 160:260] = (1.6 - 0.004 * columns).astype(np.float32)
    image[60:200, 60:260] = (200, 60, 40)
    ids = np.ones(depth.shape, np.int64)
    ids[60:200, 60:260] = 2
    return frame, ids


def test_parts_of_one_object_belong_together_more_than_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame, ids = open_book()
    backend = PartMasks()

    monkeypatch.setattr(backend, "_predictor", lambda _: true_affinities(ids[::2, ::2]))
    masks = backend.propose(frame)
    table, dense = table_of(masks), masks.dense()
    owner = np.array([np.bincount(ids[mask]).argmax() for mask in dense])
    assert (owner == 2).sum() >= 2 and (owner == 1).sum() >= 1
    off = ~np.eye(len(masks), dtype=bool) & ~np.isnan(table)
    same = owner[:, None] == owner[None]
    assert table[off & same].min() > 0.9 and table[off & ~same].max() < 0.3


def test_parts_far_apart_are_unknown() -> None:
    frame = box_frame()
    assert frame.depth is not None and frame.image is not None
    frame.depth[:] = 0
    frame.depth[20:80, 20:80] = 2.0
    frame.depth[160:220, 240:300] = 2.0
    frame.image[:] = 90
    masks = PartMasks().propose(frame)
    table = table_of(masks)
    assert len(masks) == 2 and np.isnan(table[0, 1])
    assert not np.isnan(table.diagonal()).any()


def test_without_color_there_are_masks_and_no_belief() -> None:
    masks = PartMasks(every=1).propose(replace(box_frame(), image=None))
    assert len(masks) >= 2 and masks.affinity is None


@pytest.mark.parametrize("every", [0, -2])
def test_bad_every(every: int) -> None:
    with pytest.raises(ConventionError) as caught:
        PartMasks(every=every)
    assert str(caught.value) == f"every: expected 1 or more, got {every}"


def test_bad_frames() -> None:
    backend = PartMasks()
    with pytest.raises(CaptureError) as caught:
        backend.propose(Frame(0, CAMERA, None, image=np.zeros((240, 320, 3), np.uint8), name="7"))
    assert str(caught.value).startswith("Frame '7' for masks/parts: expected depth, got none.")
    assert len(backend.propose(Frame(0, CAMERA, None, depth=np.zeros((240, 320), np.float32)))) == 0
    small = Camera.from_focal(30, 30, 20, 15, width=40, height=30)
    tiny = backend.propose(Frame(0, small, None, depth=np.ones((30, 40), np.float32)))
    assert (tiny.height, tiny.width, len(tiny)) == (30, 40, 0)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    weights = random_weights(NetworkDesign())
    weights.popitem()
    save_file(weights, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError):
        PartMasks(f"file:{tmp_path / 'other.safetensors'}")
