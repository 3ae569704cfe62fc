"""Language models on scenes: shared prompts change nothing, and only identifiers can be pointed at.

The checkpoints are tiny and random, in the format of real ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.core import ConventionError  # noqa: E402
from scenewright.models.adapters.scene_causal import SceneCausalModel  # noqa: E402
from scenewright.models.adapters.scene_prompt import question_ids  # noqa: E402
from scenewright.models.networks.language.tokenizer import SceneTokenizer  # noqa: E402
from tests.models.adapters.causal_builders import (  # noqa: E402
    LABELS,
    make_checkpoint,
    make_model,
    make_objects,
)

NUMBERS = (4, 0, 9, 2)
PHRASES = ("the red chair", "the mug on the desk near the sofa", "all objects", "the piano")


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> SceneCausalModel:
    folder = make_checkpoint(tmp_path_factory.mktemp(request.param), kind=request.param)
    return make_model(folder)


def asked(model: SceneCausalModel, *, is_phrase: bool = True) -> list[list[int]]:
    return [question_ids(model.tokenizer, text, is_phrase=is_phrase) for text in PHRASES]


def vectors_of(model: SceneCausalModel, seed: int = 0) -> Any:
    return model.embedded(model.prompt(LABELS, NUMBERS), make_objects(seed=seed))


@torch.no_grad()  # type: ignore[untyped-decorator]
def test_a_shared_prompt_gives_the_same_logits(model: SceneCausalModel) -> None:
    vectors = vectors_of(model)
    ids, known = model.padded(asked(model))
    cache = model.shared(vectors)
    length = cache.get_seq_length()
    shared, _ = model.continued(cache, ids, known)
    apart = model.separate(vectors, ids, known)
    assert (shared - apart)[known].abs().max() < 1e-4
    assert cache.get_seq_length() == length, "the shared part is not changed"
    again, _ = model.continued(cache, ids, known)
    assert torch.equal(again, shared)
    assert apart[known].std() > 0.01


@torch.no_grad()  # type: ignore[untyped-decorator]
def test_objects_change_the_answer(model: SceneCausalModel) -> None:
    ids, known = model.padded(asked(model))
    logits = [
        model.continued(model.shared(vectors_of(model, seed)), ids, known)[0] for seed in (0, 1)
    ]
    assert (logits[0] - logits[1])[known].abs().max() > 1e-3


def test_only_identifiers_of_the_scene_can_be_written(model: SceneCausalModel) -> None:
    cache = model.shared(vectors_of(model))
    plural = [False, False, True, True]
    found = model.pointed(cache, asked(model), NUMBERS, plural=plural)
    for (numbers, chances, nothing), many in zip(found, plural, strict=True):
        assert set(numbers) <= set(NUMBERS) and len(set(numbers)) == len(numbers)
        assert len(numbers) <= (len(NUMBERS) if many else 1)
        assert len(chances) == len(NUMBERS) and 0 <= nothing <= 1
        if not many:
            assert sum(chances) + nothing == pytest.approx(1, abs=1e-4)


def test_side_by_side_is_as_one_by_one(model: SceneCausalModel) -> None:
    cache = model.shared(vectors_of(model))
    together = model.answers(cache, asked(model, is_phrase=False), longest=6)
    apart = [model.answers(cache, [one], longest=6)[0] for one in asked(model, is_phrase=False)]
    assert together == apart and len(together) == len(PHRASES)
    plural = [True] * len(PHRASES)
    found = model.pointed(cache, asked(model), NUMBERS, plural=plural)
    for number, one in enumerate(asked(model)):
        (own,) = model.pointed(cache, [one], NUMBERS, plural=[True])
        assert own[0] == found[number][0] and own[1] == pytest.approx(found[number][1], abs=1e-4)


def test_gradients_reach_the_tokenizer_of_scenes(model: SceneCausalModel) -> None:
    ids, known = model.padded(asked(model))
    logits, _ = model.continued(model.shared(vectors_of(model)), ids, known)
    logits[known].pow(2).mean().backward()  # type: ignore[no-untyped-call]
    gradients = [one.grad for one in model.scenes.parameters() if one.grad is not None]
    assert len(gradients) > 10 and any(one.abs().max() > 0 for one in gradients)
    model.zero_grad()


def test_widths_that_differ(model: SceneCausalModel) -> None:
    scenes = SceneTokenizer(replace(model.scenes.config, width=10))
    with pytest.raises(ConventionError, match="as the language model"):
        SceneCausalModel(model.language, model.tokenizer, model.entries, scenes)
