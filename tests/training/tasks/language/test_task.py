"""Training of lm/nano, for a moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from scenewright.core import WeightsError  # noqa: E402
from scenewright.language.vocabulary import ANSWERS, NUM_RESERVED  # noqa: E402
from scenewright.models.networks.language.nano import NanoNetwork  # noqa: E402
from scenewright.models.networks.language.nano_files import read_nano, write_nano  # noqa: E402
from scenewright.training.tasks.language import task  # noqa: E402
from scenewright.training.tasks.language.config import LanguageTrainingConfig  # noqa: E402
from scenewright.training.tasks.language.layouts import save_layouts  # noqa: E402
from scenewright.training.tasks.language.task import train_language  # noqa: E402
from tests.training.tasks.language.layout_builders import small_layout  # noqa: E402

SHORT = LanguageTrainingConfig(
    steps=3, scenes=2, questions=6, worlds=1, shards=2, shard_scenes=4, width=64, layers=1,
    held_out=1, validate_every=3, warmup=1,
)  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the worlds of a training."""
    folder = tmp_path / "data"
    (folder / "worlds").mkdir(parents=True)
    for name in ("layouts-0000000", "layouts-0900000"):
        save_layouts(folder / "worlds" / f"{name}.safetensors", [small_layout()])
    monkeypatch.setattr(task, "_ASKED", 12)
    return folder


def test_a_training_that_is_interrupted_ends_like_one_that_is_not(
    data: Path, tmp_path: Path
) -> None:
    whole, steps = train_language(tmp_path / "whole", config=SHORT, worlds=data)
    assert steps == 3
    network, words = read_nano(whole, answers=ANSWERS)
    assert network.config.layers == 1 and "ask count" in words
    line = json.loads((tmp_path / "whole" / "log.jsonl").read_text("utf-8"))
    assert {"all", "phrases", "held out all", "train_loss"} <= set(line)

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if stage == "train" and done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_language(tmp_path / "half", config=SHORT, worlds=data, progress=stop)
    half, _ = train_language(tmp_path / "half", config=SHORT, worlds=data)
    other, _ = read_nano(half, answers=ANSWERS)
    for name, value in network.state_dict().items():
        assert torch.allclose(value, other.state_dict()[name], atol=1e-5)


@pytest.mark.parametrize("changes", [{"relation": "off"}, {"pointer": False}])
def test_networks_without_parts_can_be_trained(
    data: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    from dataclasses import replace

    config = replace(SHORT, steps=1, validate_every=1, **changes)  # type: ignore[arg-type]
    path, _ = train_language(tmp_path / "out", config=config, worlds=data)
    assert path.stat().st_size > 10_000


def test_a_training_starts_from_weights_with_fewer_words(data: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    first, _ = train_language(tmp_path / "first", config=SHORT, worlds=data)
    network, words = read_nano(first, answers=ANSWERS)
    known = tuple(word for word in words if word not in ("ask verify", "room"))
    small = NanoNetwork(replace(network.config, words=len(known) + NUM_RESERVED))
    fewer = tmp_path / "fewer.safetensors"
    write_nano(fewer, small, words=known, answers=ANSWERS, facts={})
    config = replace(SHORT, start=f"file:{fewer}", steps=1, learning_rate=1e-9)
    network, words = read_nano(
        train_language(tmp_path / "second", config=config, worlds=data)[0], answers=ANSWERS
    )
    found, given = network.state_dict(), small.state_dict()
    assert torch.allclose(found["answer.0.weight"], given["answer.0.weight"], atol=1e-3)
    rows = [words.index(word) + NUM_RESERVED for word in known]
    table = given["text.word.weight"][NUM_RESERVED:]
    assert torch.allclose(found["text.word.weight"][rows], table, atol=2e-3)
    with pytest.raises(WeightsError, match="of this design"):
        other = replace(config, layers=2)
        train_language(tmp_path / "third", config=other, worlds=data)
