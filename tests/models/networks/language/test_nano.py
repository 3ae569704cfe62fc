"""The network of lm/nano."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.networks.language.nano import NanoOutputs, QuestionInputs  # noqa: E402
from scenewright.models.networks.language.nano_files import read_nano, write_nano  # noqa: E402
from scenewright.models.networks.language.readings import meant_objects  # noqa: E402
from tests.models.networks.language.instance_builders import with_padding  # noqa: E402
from tests.models.networks.language.nano_builders import (  # noqa: E402
    CONFIG,
    make_inputs,
    make_network,
)

COLORS = torch.ones(2, 5, 12) / 12


def test_shapes() -> None:
    objects, questions = make_inputs()
    found = make_network()(objects, questions, COLORS)
    assert found.objects.shape == found.subject.shape == (2, 3, 5)
    assert found.none.shape == (2, 3) and found.answer.shape == (2, 3, 30)
    assert all(torch.isfinite(one).all() for one in found)


def test_padding_and_other_questions_change_nothing() -> None:
    network, (objects, questions) = make_network(), make_inputs()
    found = network(objects, questions, COLORS)
    padded = with_padding(objects)
    word, kind, grams = (torch.cat([one, one[:, :, :1]], dim=2) for one in questions[:3])
    more = QuestionInputs(
        word, kind, grams,
        torch.nn.functional.pad(questions.fits, (0, 3, 0, 1)),
        torch.nn.functional.pad(questions.known, (0, 1)),
    )  # fmt: skip
    again = network(padded, more, torch.nn.functional.pad(COLORS, (0, 0, 0, 3)))
    assert torch.allclose(again.objects[..., :5], found.objects, atol=1e-3)
    assert torch.allclose(again.answer, found.answer, atol=1e-2)
    one = QuestionInputs(*(each[:, 1:2] for each in questions))
    alone = network(objects, one, COLORS)
    assert torch.allclose(alone.objects[:, 0], found.objects[:, 1], atol=1e-4)


def test_relations_that_are_off_have_no_weights_and_do_not_depend_on_neighbors() -> None:
    off = replace(CONFIG, tokenizer=replace(CONFIG.tokenizer, relation="off"))
    names = set(make_network(off).state_dict())
    assert not any("ask" in name or "passed" in name for name in names)
    objects, questions = make_inputs()
    turned = objects._replace(viewer=objects.viewer + 1)  # sides are seen in pairs only
    assert torch.equal(
        make_network(off)(objects, questions, COLORS).objects,
        make_network(off)(turned, questions, COLORS).objects,
    )
    seen = make_network()(turned, questions, COLORS).objects
    assert not torch.allclose(seen, make_network()(objects, questions, COLORS).objects)


def test_without_pointer_identifiers_are_answered() -> None:
    objects, questions = make_inputs()
    found = make_network(replace(CONFIG, pointer=False))(objects, questions, COLORS)
    assert found.objects.shape == (2, 3, 5) and torch.isfinite(found.objects).all()


def test_what_is_meant() -> None:
    outputs = NanoOutputs(
        torch.tensor([[[2.0, -1, 1], [-3, -1, -2], [3, -1, -2]]]), torch.tensor([[-1.0, -1, 1]]),
        torch.zeros(1, 3, 3), torch.zeros(1, 3, 2),
    )  # fmt: skip
    assert meant_objects(outputs).tolist() == [
        [[True, False, True], [False, True, False], [False, False, False]]
    ]


def test_weights_come_back(tmp_path: Path) -> None:
    network, (objects, questions) = make_network(), make_inputs()
    path = tmp_path / "nano.safetensors"
    answers = tuple(map(str, range(30)))
    write_nano(path, network, words=("a", "b"), answers=answers, facts={"step": 1})
    again, words = read_nano(path, answers=answers)
    assert words == ("a", "b") and again.config == CONFIG
    found = again(objects, questions, COLORS).objects
    assert torch.allclose(found, network(objects, questions, COLORS).objects, atol=0.05)
    with pytest.raises(WeightsError, match="got other weights"):
        read_nano(path, answers=answers[1:])
    path.write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="weights of lm/nano"):
        read_nano(path, answers=answers)
