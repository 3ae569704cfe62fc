"""Objects of scenes as tensors."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError  # noqa: E402
from scenewright.models.networks.language.instances import random_identifiers  # noqa: E402
from tests.models.networks.language.instance_builders import make_instances  # noqa: E402


def test_one_scene_gets_a_batch_in_front() -> None:
    many = make_instances(1)
    one = many._replace(**{
        name: value[0] for name, value in many._asdict().items() if value is not None
    })  # fmt: skip
    assert all(torch.equal(a, b) for a, b in zip(one.batched(), many, strict=True) if a is not None)


def test_tensors_of_other_lengths_are_refused() -> None:
    objects = make_instances()
    with pytest.raises(ConventionError, match="rows of \\(2, 5\\) objects"):
        objects._replace(size=objects.size[:, :4]).batched()


def test_identifiers_differ_in_each_scene_and_each_draw() -> None:
    known = torch.ones(4, 9, dtype=torch.bool)
    noise = torch.Generator().manual_seed(0)
    first = random_identifiers(known, 12, generator=noise)
    assert all(len(set(row)) == 9 and max(row) < 12 for row in first.tolist())
    assert not torch.equal(first, random_identifiers(known, 12, generator=noise))
    with pytest.raises(ConventionError, match="at most 8"):
        random_identifiers(known, 8)
