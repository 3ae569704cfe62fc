"""Training by several processes: shares of samples, averaged gradients, one that writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from scenewright.core import ConventionError  # noqa: E402
from scenewright.training import processes as module  # noqa: E402
from scenewright.training.loop import CHECKPOINT_NAME  # noqa: E402
from scenewright.training.processes import (  # noqa: E402
    WHOLE,
    Part,
    Processes,
    is_launched,
    joined_processes,
    single_process,
)
from scenewright.training.tasks.generation.encoder import train_encoder  # noqa: E402
from scenewright.training.tasks.generation.flow import train_flow  # noqa: E402
from scenewright.training.tasks.sceneflow.task import train_sceneflow  # noqa: E402
from tests.training.process_builders import run_together  # noqa: E402
from tests.training.tasks.generation.generation_builders import (  # noqa: E402
    SHORT,
    SHORT_ENCODER,
    networks_file,
    shard_folder,
)
from tests.training.tasks.sceneflow import sceneflow_builders  # noqa: E402


class TwoProcesses:
    """Stands for Accelerate; the other process holds the same numbers plus 2."""

    device = torch.device("cpu")

    def reduce(self, values: Any, *, reduction: str) -> Any:
        """The mean over both."""
        assert reduction == "mean"
        return values + 1


def test_one_process_alone() -> None:
    alone = joined_processes("cpu")
    assert alone.is_main and alone.parts() == [WHOLE] and alone.count == 1
    assert alone.parts(2) == [Part(0, 2), Part(1, 2)]
    assert alone.mean(0.5) == 0.5 and alone.same(3) and not alone.any(False)
    assert alone.gather("a") == ["a"] and alone.device("cpu") == torch.device("cpu")
    alone.wait()
    layer = torch.nn.Linear(2, 2)
    alone.average_gradients(layer)
    assert layer.weight.grad is None


def test_shares_of_several_processes_cover_a_step_once() -> None:
    shares = [part for index in range(3) for part in Processes(index, 3).parts(2)]
    assert shares == [Part(number, 6) for number in range(6)]
    assert [Processes(index, 3).is_main for index in range(3)] == [True, False, False]


def test_gradients_become_their_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUCKET", 3)
    two = Processes(0, 2, TwoProcesses())
    layer = torch.nn.Linear(2, 2)
    layer.weight.grad = torch.arange(4.0).view(2, 2)
    layer.bias.requires_grad_(False)
    two.average_gradients(layer)
    assert torch.equal(layer.weight.grad, torch.arange(4.0).view(2, 2) + 1)
    assert layer.bias.grad is None
    assert two.mean(1.0) == 2.0 and two.any(False) and not two.same(1.0)


def test_trainings_of_one_process_refuse_several(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_launched() and single_process("masks") == Processes()
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert is_launched()
    with pytest.raises(ConventionError) as caught:
        single_process("masks")
    assert str(caught.value) == (
        "Processes of masks: expected one, got 2. Start it without 'accelerate launch'."
    )


def assert_same_training(one: Path, other: Path) -> None:
    """Networks, averages and states of optimizers agree to 1e-5."""
    first, second = load_file(one / CHECKPOINT_NAME), load_file(other / CHECKPOINT_NAME)
    assert set(first) == set(second)
    for name, value in first.items():
        torch.testing.assert_close(value, second[name], rtol=0, atol=1e-5, msg=name)


@pytest.mark.slow
def test_two_processes_train_the_encoder_like_one_with_twice_the_batch(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    config = replace(SHORT_ENCODER, steps=2, accumulate=2)
    train_encoder(tmp_path / "one", shards=shard_folder(), config=config)
    printed = run_together(
        "train", "encoder", "-o", tmp_path / "two", "--shards", shard_folder(),
        *options(replace(config, accumulate=1)),
    )  # fmt: skip
    assert_same_training(tmp_path / "one", tmp_path / "two")
    assert "weights:" in printed[0] and "weights:" not in printed[1]


@pytest.mark.slow
def test_two_processes_train_the_flow_like_one_with_twice_the_batch(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    config = replace(SHORT, steps=2, accumulate=2)
    weights = networks_file()
    train_flow(weights, weights, tmp_path / "one", shards=shard_folder(), config=config)
    run_together(
        "train", "flow", weights, weights, "-o", tmp_path / "two", "--shards", shard_folder(),
        *options(replace(config, accumulate=1)),
    )  # fmt: skip
    assert_same_training(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_two_processes_fine_tune_like_one_with_twice_the_scenes(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    config = replace(sceneflow_builders.SHORT, steps=2, scenes=2)
    places = sceneflow_builders.places("scenegen")
    train_sceneflow(places, sceneflow_builders.data(), tmp_path / "one", config=config)
    run_together(
        "train", "sceneflow", places.package, sceneflow_builders.data(), "-o", tmp_path / "two",
        "--encoder-weights", str(places.encoder), "--geometry-weights", str(places.geometry),
        "--structure-weights", str(places.structure), "--allow-pickles",
        *options(replace(config, scenes=1)),
    )  # fmt: skip
    assert_same_training(tmp_path / "one", tmp_path / "two")


def options(config: Any) -> list[str]:
    """The options of a command that stand for a configuration."""
    words = []
    for name, value in vars(config).items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            words += [f"--{option}", str(value)]
    return words
