"""Language models of others learn from worlds: a tiny random checkpoint, resumed, then read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from scenewright.core import ConventionError  # noqa: E402
from scenewright.models.adapters.scene_causal_files import read_scene_language  # noqa: E402
from scenewright.training.tasks.language.causal import (  # noqa: E402
    CausalLanguageTask,
    causal_sample,
    sample_loss,
    train_causal_language,
)
from scenewright.training.tasks.language.causal_config import (  # noqa: E402
    CausalTrainingConfig,
)
from scenewright.training.tasks.language.layouts import (  # noqa: E402
    FIRST_VALIDATION_SEED,
    Layout,
    layout_of,
    save_layouts,
)
from scenewright.worlds import make_world  # noqa: E402
from tests.models.adapters.causal_builders import make_checkpoint  # noqa: E402

CONFIG = CausalTrainingConfig(
    steps=2, scenes=1, questions=6, num_worlds=1, inner=16, blocks=1, heads=2, rank=4, alpha=8,
    learning_rate=5e-3, scene_learning_rate=5e-3, warmup=1, held_out=1, validate_every=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def layout() -> Layout:
    return layout_of(make_world("tabletop", 1), seed=1)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"file:{make_checkpoint(tmp_path_factory.mktemp('base'))}"


def with_worlds(folder: Path, layout: Layout) -> Path:
    (folder / "worlds").mkdir(parents=True)
    for seed in (0, FIRST_VALIDATION_SEED):
        save_layouts(folder / "worlds" / f"layouts-{seed:07d}.safetensors", [layout])
    return folder


def test_a_sample_holds_a_world_with_questions(layout: Layout) -> None:
    one = causal_sample(layout, seed=3, count=6)
    assert one is not None and len(one.questions) == 6
    assert len(one.labels) == len(one.ids) == len(one.objects.center)
    assert {number for q in one.questions for number in q.ids} <= {*one.ids}
    again = causal_sample(layout, seed=3, count=6)
    assert again is not None and again.questions == one.questions


def test_the_loss_of_a_scene_falls(layout: Layout, base: str, tmp_path: Path) -> None:
    task = CausalLanguageTask(base, tmp_path, tmp_path, config=CONFIG)
    sample = causal_sample(layout, seed=3, count=6)
    assert sample is not None
    losses = []
    for _ in range(12):
        loss = sample_loss(task.model, sample, np.random.default_rng(0))
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(float(loss))
        for optimizer in task.optimizers:
            optimizer.step()
            optimizer.zero_grad()
    assert losses[-1] < 0.9 * losses[0], losses


def test_training_resumes_and_exports(layout: Layout, base: str, tmp_path: Path) -> None:
    whole, parts = (with_worlds(tmp_path / name, layout) for name in ("whole", "parts"))
    folder, steps = train_causal_language(base, whole, config=CONFIG)
    assert steps == 2
    # The schedule knows the number of steps, so an interruption after one is made by the clock.
    _, steps = train_causal_language(base, parts, config=CONFIG, max_minutes=1e-9)
    assert steps == 1
    again, steps = train_causal_language(base, parts, config=CONFIG)
    assert steps == 2
    lines = [json.loads(line) for line in (parts / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2] and {"phrases", "answers"} & set(lines[0])
    first, second = read_scene_language(folder), read_scene_language(again)
    for (name, one), (_, other) in zip(
        first.scenes.named_parameters(), second.scenes.named_parameters(), strict=True
    ):
        assert torch.allclose(one, other, atol=1e-5), name
    about = json.loads((again / "scene_language.json").read_text())
    assert about["base"] == base and about["training"]["step"] == 2


def test_configurations_that_cannot_be() -> None:
    with pytest.raises(ConventionError, match="tokens"):
        CausalTrainingConfig(tokens=2)
    with pytest.raises(ConventionError, match="inner"):
        CausalTrainingConfig(inner=10, heads=4)
    with pytest.raises(ConventionError, match="steps"):
        CausalTrainingConfig(steps=0)
