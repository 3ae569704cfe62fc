"""Random batches for the flow."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.inputs import place_channels  # noqa: E402
from scenewright.training.tasks.generation.samples import FlowSamples, place_planes  # noqa: E402
from scenewright.training.tasks.generation.shards import find_shards  # noqa: E402
from tests.training.tasks.generation.generation_builders import shard_folder  # noqa: E402


@pytest.fixture(scope="module")
def samples() -> FlowSamples:
    """The objects of two shards."""
    return FlowSamples(find_shards(shard_folder()))


def test_mirrored_objects_are_mirrored_in_every_part(samples: FlowSamples) -> None:
    rows = samples.of_scenes(np.array([0, 1]))
    plain, mirrored = samples.batch(rows), samples.batch(rows, mirror=True)
    last = len(rows) - 1
    assert torch.equal(mirrored.grids[last], plain.grids[last].flip(1))
    assert torch.equal(mirrored.occupied[last], plain.occupied[last].flip(0))
    assert torch.equal(mirrored.objects[0], plain.objects[0])
    one, other = plain.objects[last], mirrored.objects[last]
    assert torch.equal(other[:5], one[:5].flip(-1)) and torch.equal(other[6], one[6].flip(-1))
    assert torch.equal(other[5], -one[5].flip(-1)) and torch.equal(other[7], -one[7].flip(-1))
    assert torch.equal(mirrored.scenes[1, :5], plain.scenes[1, :5].flip(-1))
    low, high = plain.boxes[last]
    assert mirrored.boxes[last, :, 0].tolist() == [-high[0].item(), -low[0].item()]
    assert torch.allclose(mirrored.boxes[last, :, 1:], plain.boxes[last, :, 1:])
    turn, back = plain.poses[last, :3, :3], mirrored.poses[last, :3, :3]
    assert torch.allclose(back[0, 1], -turn[0, 1]) and torch.allclose(back[0, 0], turn[0, 0])


def test_points_can_be_left_out(samples: FlowSamples) -> None:
    rows = np.arange(len(samples))
    assert samples.batch(rows).objects[:, 10].any()
    without = samples.batch(rows, with_points=False)
    assert not without.objects[:, 7:].any() and not without.scenes[:, 7:].any()


def test_all_shards_are_joined(samples: FlowSamples) -> None:
    single = [FlowSamples([path]) for path in find_shards(shard_folder())]
    assert len(samples) == sum(map(len, single)) == len(samples.families)
    last = samples.batch(np.array([len(samples) - 1]))
    same = single[-1].batch(np.array([len(single[-1]) - 1]))
    assert torch.equal(last.grids, same.grids) and torch.equal(last.scenes, same.scenes)
    first = samples.batch(np.array([0]))
    assert first.canonical.any() and first.grids[0, 2].any()


def test_shapes_in_the_axes_of_the_view_hold_what_is_seen(samples: FlowSamples) -> None:
    batch = samples.batch(np.arange(len(samples)))
    shapes = batch.grids[:, 2].float()[:, None]
    near = torch.nn.functional.max_pool3d(shapes, 3, 1, 1)[:, 0] > 0
    counts = batch.seen.flatten(1).sum(1)
    assert (counts > 0).float().mean() > 0.9
    assert ((batch.seen & near).sum() / batch.seen.sum()) > 0.8


def test_places_are_those_of_inference() -> None:
    places = np.array([[0.1, -0.2, 0.5], [0, 0, 1]], np.float32)
    found = place_planes(torch.from_numpy(places), 8).numpy()
    assert np.allclose(found, place_channels(places, 8))
