"""The published tokenizer in small."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError  # noqa: E402
from scenewright.models.networks.language.presets import PRESETS  # noqa: E402
from scenewright.models.networks.language.published import (  # noqa: E402
    PublishedConfig,
    PublishedTokenizer,
)
from scenewright.models.networks.language.spatial_attention import FUSIONS  # noqa: E402
from tests.models.networks.language.instance_builders import (  # noqa: E402
    SHAPE,
    VIEW,
    make_instances,
    with_padding,
)

SMALL = PublishedConfig(
    width=12, shape_width=SHAPE, view_width=VIEW, scene_width=8, heads=2, feed=16
)


def make(config: PublishedConfig = SMALL) -> PublishedTokenizer:
    torch.manual_seed(2)
    return PublishedTokenizer(config).eval()


def test_the_preset_has_the_published_sizes() -> None:
    assert PRESETS["published"] == PublishedConfig(
        width=4096, shape_width=1024, view_width=768, scene_width=256, heads=8, layers=3,
        feed=2048, fusion="mul",
    )  # fmt: skip


def test_state_dicts_have_the_published_names() -> None:
    names = set(make().state_dict())
    assert {
        "object_proj.0.weight", "object_proj.2.bias", "img2obj_proj.0.weight",
        "pos_embedding.gauss_B", "pos_proj.0.weight", "scene_init_proj.0.weight",
        "scene_proj.2.weight", "relation_module.layers.2.linear1.weight",
    } <= names  # fmt: skip


@pytest.mark.parametrize("fusion", FUSIONS)
def test_three_tokens_that_padding_does_not_change(fusion: str) -> None:
    config = replace(SMALL, fusion=fusion)  # type: ignore[arg-type]
    network, objects = make(config), make_instances()
    tokens = network.tokens(objects)
    assert tokens.shape == (2, 5, 3, 12)
    padded = network.tokens(with_padding(objects))
    assert torch.allclose(padded[:, :5], tokens, atol=1e-4) and not padded[:, 5:].any()


def test_scenes_of_a_batch_do_not_see_each_other() -> None:
    network, objects = make(), make_instances()
    assert objects.views is not None
    changed = objects._replace(shape=objects.shape.clone(), views=objects.views.clone())
    assert changed.views is not None
    changed.shape[1] += 1
    changed.views[1] += 1
    difference = network(changed) - network(objects)
    assert torch.allclose(difference[0], torch.zeros(()), atol=1e-5)
    assert difference[1].abs().max() > 1e-3


def test_all_layers_are_trained() -> None:
    network = make().train()
    network(make_instances()).square().sum().backward()
    without = [name for name, one in network.named_parameters() if one.grad is None]
    assert without == []


def test_pictures_are_needed() -> None:
    objects = make_instances()._replace(views=None)
    with pytest.raises(ConventionError, match="Use the preset 'default'"):
        make()(objects)
