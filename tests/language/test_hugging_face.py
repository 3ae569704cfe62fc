"""``lm/hf`` on scenes: only objects of the scene are cited, bad input is told plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from scenewright.core import ConventionError, WeightsError
from scenewright.language.hugging_face import HuggingFaceLanguage, HuggingFaceReader
from scenewright.language.instance_arrays import SHAPE_WIDTH
from scenewright.models import SceneLanguage, SceneReader, create
from scenewright.models.adapters.scene_causal import SceneCausalModel
from scenewright.models.adapters.scene_causal_files import (
    open_base,
    with_lora,
    write_scene_language,
)
from scenewright.models.networks.language.tokenizer import (
    SceneTokenizer,
    TokenizerConfig,
)
from tests.language.language_builders import make_room
from tests.models.adapters.causal_builders import make_checkpoint


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as training writes it, with random weights."""
    folder = tmp_path_factory.mktemp("hf")
    base = f"file:{make_checkpoint(folder / 'base')}"
    language, tokenizer, entries = open_base(base)
    scenes = SceneTokenizer(
        TokenizerConfig(SHAPE_WIDTH, width=48, inner=16, heads=2, blocks=1, pair_features=4)
    )
    adapted = with_lora(language, entries, rank=2, alpha=4, dropout=0.0)
    model = SceneCausalModel(adapted, tokenizer, entries, scenes)
    write_scene_language(folder / "model", model, base=base, facts={})
    return folder / "model"


@pytest.fixture(scope="module")
def reader(trained: Path) -> HuggingFaceReader:
    language = create("lm/hf", weights=f"file:{trained}")
    assert isinstance(language, HuggingFaceLanguage) and isinstance(language, SceneLanguage)
    found = language.read(make_room())
    assert isinstance(found, SceneReader)
    return found


def test_objects_are_those_of_the_scene(reader: HuggingFaceReader) -> None:
    one = reader.ground("the red chair left of the desk")
    assert len(one.ids) <= 1 and set(one.ids) <= set(range(2, 12))
    assert sum(one.probabilities.values()) + one.none == pytest.approx(1, abs=0.12)
    assert 1 not in one.probabilities, "the floor is no object"
    many = reader.ground("all mugs")
    assert len(set(many.ids)) == len(many.ids) and set(many.ids) <= set(range(2, 12))
    asked = reader.ask("find the red chair left of the desk")
    assert asked.ids == one.ids and asked.kind == "find"


def test_answers_in_words_cite_what_they_name(
    reader: HuggingFaceReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader.ask("how many chairs are there?").kind == "count"
    monkeypatch.setattr(
        reader._model, "answers", lambda *_: ["<OBJ001> is near <OBJ000>, not <OBJ150>"]
    )
    answer = reader.ask("what is near the desk?", about=(3,))
    assert answer.text == "chair 3 is near desk 2, not" and answer.ids == (3, 2)
    assert answer.notes == ("The model named <OBJ150>, which does not exist.",)
    caption = reader.caption(3)
    assert caption.ids == (2,) and caption.phrase == "chair 3" and caption.is_unique is None


@pytest.mark.parametrize("text", ["", "?!", "word " * 10_000])
def test_what_cannot_be_read(reader: HuggingFaceReader, text: str) -> None:
    answer, grounding = reader.ask(text), reader.ground(text)
    assert not answer.is_found and answer.ids == () and answer.kind == "unclear"
    assert grounding.ids == () and grounding.none == 1.0 and grounding.sentence


def test_wrong_input(reader: HuggingFaceReader, tmp_path: Path) -> None:
    with pytest.raises(ConventionError, match="There is no object 99"):
        reader.caption(99)
    with pytest.raises(ConventionError, match="A question"):
        reader.ask(3)  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match="train"):
        create("lm/hf", weights=str(tmp_path))


def test_a_scene_without_objects(trained: Path) -> None:
    room = make_room()
    from dataclasses import replace

    empty = replace(room, instances=room.instances[:0], points=None)
    reader = HuggingFaceLanguage(weights=str(trained)).read(empty)
    assert reader.ground("the chair").sentence == "The scene has no objects."
    assert reader.ask("how many chairs are there?").text == "nothing matches"
