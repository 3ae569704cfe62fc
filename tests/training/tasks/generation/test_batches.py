"""Batches of generation samples."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.inputs import POINTS  # noqa: E402
from scenewright.training.tasks.generation.batches import (  # noqa: E402
    exchanged,
    known_geometry,
    random_batch,
    recolored,
    true_shapes,
    turned_scans,
    without_points,
)
from scenewright.training.tasks.generation.samples import FlowSamples  # noqa: E402
from scenewright.training.tasks.generation.shards import find_shards  # noqa: E402
from tests.training.tasks.generation.generation_builders import shard_folder  # noqa: E402


@pytest.fixture(scope="module")
def samples() -> FlowSamples:
    """The objects of two shards."""
    return FlowSamples(find_shards(shard_folder()))


def test_batches_hold_whole_scenes(samples: FlowSamples) -> None:
    batch = random_batch(samples, 2, [0])
    assert len(batch.scenes) == 2 and sorted(set(batch.scene_of.tolist())) == [0, 1]
    again = random_batch(samples, 2, [0])
    assert np.array_equal(batch.rows, again.rows)
    everything = random_batch(samples, 1000, [0])
    assert len(everything.rows) == len(samples)


def test_scenes_are_exchanged_until_the_number_of_objects_is_right() -> None:
    counts = np.array([3, 2, 5, 1, 1, 4, 2, 2])
    chosen, others = np.array([0, 2, 5]), np.array([1, 6, 3, 4, 7])
    for wanted in (12, 9, 7, 5):
        found = exchanged(chosen, others, counts, wanted)
        assert counts[found].sum() == wanted and len(set(found.tolist())) == 3
    assert exchanged(chosen, others, counts, 3).tolist() == [3, 4, 6]  # 4, as near as it gets
    assert exchanged(chosen, others[:0], counts, 5).tolist() == [0, 2, 5]


def test_batches_can_have_a_constant_number_of_objects(samples: FlowSamples) -> None:
    sizes = {len(random_batch(samples, 3, [n], objects=6).rows) for n in range(8)}
    assert sizes == {6}


def test_colors_change_alike_in_all_crops_of_a_scene(samples: FlowSamples) -> None:
    batch = random_batch(samples, 2, [1])
    objects = batch.objects.clone()
    for crops in (batch.scenes, batch.objects):
        crops[:, :3] = 0.25
    recolored(batch, torch.Generator().manual_seed(0))
    for number, scene in enumerate(batch.scene_of.tolist()):
        assert torch.allclose(batch.objects[number, :3, 0, 0], batch.scenes[scene, :3, 0, 0])
    assert torch.equal(batch.objects[:, 3:], objects[:, 3:])
    assert batch.scenes[:, :3].std() > 0


def test_points_are_removed_from_whole_scenes(samples: FlowSamples) -> None:
    batch = random_batch(samples, 3, [2])
    without_points(batch, torch.Generator().manual_seed(0), share=1.0)
    assert (
        not batch.seen.any()
        and not batch.objects[:, POINTS.start :].any()
        and not batch.scenes[:, POINTS].any()
    )


def test_scans_are_given_in_their_canonical_cubes(samples: FlowSamples) -> None:
    batch = random_batch(samples, 3, [3])
    is_scan = torch.arange(len(batch.rows)) % 2 == 0
    known, truth = known_geometry(batch, is_scan), true_shapes(batch, is_scan)
    assert torch.equal(known.occupied[0], batch.occupied[0].float())
    assert torch.equal(known.occupied[1], batch.seen[1].float()) and not known.free[1].any()
    assert torch.equal(truth[0], batch.canonical[0]) and torch.equal(truth[1], batch.grids[1, 2])
    turned, shapes = turned_scans(known, truth, 1)
    assert torch.equal(turned.free[0], known.free[0].rot90(1, (0, 1)))
    assert torch.equal(shapes[0], truth[0].rot90(1, (0, 1)))
    assert torch.equal(turned.occupied[1], known.occupied[1]) and torch.equal(shapes[1], truth[1])
