"""The tokenizer of scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError, UnknownNameError  # noqa: E402
from scenewright.models.networks.language.presets import PRESETS, make_tokenizer  # noqa: E402
from scenewright.models.networks.language.tokenizer import (  # noqa: E402
    SceneTokenizer,
    TokenizerConfig,
)
from tests.models.networks.language.instance_builders import (  # noqa: E402
    SHAPE,
    VIEW,
    make_instances,
    with_padding,
)

CONFIG = TokenizerConfig(SHAPE, VIEW, width=12, inner=16, heads=4, tokens=3)


def make(config: TokenizerConfig = CONFIG) -> SceneTokenizer:
    torch.manual_seed(1)
    found = make_tokenizer(config).eval()
    assert isinstance(found, SceneTokenizer)
    for parameter in found.parameters():  # outputs start at zero
        torch.nn.init.normal_(parameter, std=0.2)
    return found


def test_tokens_and_their_sum() -> None:
    network, objects = make(), make_instances()
    assert network.tokens(objects).shape == (2, 5, 3, 12)
    assert torch.allclose(network(objects), network.tokens(objects).sum(2))


def test_padding_changes_nothing() -> None:
    network, objects = make(), make_instances()
    padded = network(with_padding(objects))
    assert torch.allclose(padded[:, :5], network(objects), atol=1e-4)
    assert not padded[:, 5:].any()


def test_one_scene_needs_no_batch_and_the_order_of_objects_does_not_matter() -> None:
    network, objects = make(), make_instances(1)
    one = objects._replace(**{
        name: value[0] for name, value in objects._asdict().items() if value is not None
    })  # fmt: skip
    assert network(one).shape == (5, 12)
    order = torch.tensor([3, 1, 4, 0, 2])
    turned = one._replace(**{
        name: value[order] for name, value in one._asdict().items()
        if value is not None and name not in ("viewer", "room")
    })  # fmt: skip
    assert torch.allclose(network(turned), network(one)[order], atol=1e-4)


def test_pictures_of_other_objects_and_unknown_ones_are_not_seen() -> None:
    network, objects = make(replace(CONFIG, relation="off", blocks=0)), make_instances()
    assert objects.views is not None and objects.view_known is not None
    views = objects.views.clone()
    views[:, 1] += 1
    changed = network(objects._replace(views=views)) - network(objects)
    assert changed[:, 1].abs().max() > 1e-3 and not changed[:, [0, 2, 3, 4]].any()
    unseen = objects.views + 5 * ~objects.view_known[..., None]
    assert torch.equal(network(objects._replace(views=unseen)), network(objects))


def test_pictures_may_be_missing() -> None:
    objects = make_instances()._replace(
        views=None, view_known=None, view_level=None, view_seen=None
    )
    assert torch.isfinite(make()(objects)).all()


@pytest.mark.parametrize("relation", ["bias", "values"])
def test_relations_depend_on_places(relation: str) -> None:
    config = replace(CONFIG, relation=relation)  # type: ignore[arg-type]
    network, objects = make(config), make_instances()
    moved = objects.center.clone()
    moved[:, 0] += 1.5
    changed = network(objects._replace(center=moved)) - network(objects)
    assert changed[:, 1:].abs().max() > 1e-3


def test_wrong_designs_are_refused() -> None:
    with pytest.raises(ConventionError, match="off, bias, values"):
        replace(CONFIG, relation="none")  # type: ignore[arg-type]
    with pytest.raises(ConventionError, match="1 or 3"):
        replace(CONFIG, tokens=2)
    with pytest.raises(UnknownNameError, match="published"):
        make_tokenizer("large")
    assert isinstance(make_tokenizer("tiny"), SceneTokenizer) and "published" in PRESETS
