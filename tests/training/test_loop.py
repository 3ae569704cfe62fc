"""The loop on a task of one number: steps, log, checkpoints, resuming."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from scenewright.core import ConventionError, FormatError, Progress  # noqa: E402
from scenewright.training.loop import CHECKPOINT_NAME, run_training  # noqa: E402


class OneNumber:
    """Learns the number 3; records what the loop asked for."""

    def __init__(self) -> None:
        self.network = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.network.weight)
        self.optimizers: Any = [torch.optim.AdamW(self.network.parameters(), lr=0.1)]
        self.settings: Mapping[str, Any] = {"rate": 0.1}
        self.networks: Mapping[str, nn.Module] = {"network": self.network}
        self.prepared: list[int] = []
        self.learned: list[int] = []
        self.exported: list[Mapping[str, Any]] = []

    def prepare(self, step: int, *, progress: Progress) -> None:
        self.prepared.append(step)
        progress("prepare", 1, 1, "shards")

    def learn(self, step: int) -> float:
        self.learned.append(step)
        loss = (self.network(torch.ones(1)) - 3).square().sum()
        self.optimizers[0].zero_grad()
        loss.backward()
        self.optimizers[0].step()
        return float(loss.detach())

    def validate(self) -> dict[str, float]:
        return {"weight": float(self.network.weight.detach())}

    def export(self, facts: Mapping[str, Any]) -> None:
        self.exported.append(facts)


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_every_step_is_taken_and_logged(tmp_path: Path) -> None:
    task = OneNumber()
    calls: list[tuple[str, int, int, str]] = []
    run_training(
        task, tmp_path / "out", steps=7, validate_every=3, progress=lambda *a: calls.append(a)
    )
    assert task.prepared == [0] and task.learned == list(range(7))
    assert [call[:3] for call in calls] == [
        ("prepare", 1, 1),
        *(("train", i, 7) for i in range(1, 8)),
    ]
    lines = log_of(tmp_path / "out")
    assert [line["step"] for line in lines] == [3, 6, 7]
    assert list(lines[0]) == ["step", "train_loss", "weight", "time"]
    assert lines[-1]["train_loss"] < lines[0]["train_loss"] < 9
    assert lines[-1]["weight"] == pytest.approx(float(task.network.weight.detach()), abs=1e-5)
    assert task.exported[-1] == {"step": 7, "config": {"rate": 0.1}}


def test_resuming_gives_what_one_run_gives(tmp_path: Path) -> None:
    whole, first, second = OneNumber(), OneNumber(), OneNumber()
    run_training(whole, tmp_path / "whole", steps=10, validate_every=5)
    run_training(first, tmp_path / "parts", steps=5, validate_every=5)
    run_training(second, tmp_path / "parts", steps=10, validate_every=5)
    assert second.prepared == [5] and second.learned == [5, 6, 7, 8, 9]
    torch.testing.assert_close(second.network.weight, whole.network.weight, rtol=0, atol=0)
    assert [line["step"] for line in log_of(tmp_path / "parts")] == [5, 10]


def test_a_finished_training_takes_no_more_steps(tmp_path: Path) -> None:
    run_training(OneNumber(), tmp_path, steps=2, validate_every=5)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    again = OneNumber()
    run_training(again, tmp_path, steps=2, validate_every=5)
    assert again.learned == [] and (tmp_path / CHECKPOINT_NAME).read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    run_training(OneNumber(), tmp_path, steps=1, validate_every=1)
    other = OneNumber()
    other.networks = {"network": nn.Linear(2, 2)}
    with pytest.raises(FormatError, match="expected the weights of network"):
        run_training(other, tmp_path, steps=2, validate_every=1)


@pytest.mark.parametrize("name", ["steps", "validate_every"])
def test_counts_below_one_are_refused(tmp_path: Path, name: str) -> None:
    counts = {"steps": 2, "validate_every": 2, name: 0}
    with pytest.raises(ConventionError) as caught:
        run_training(
            OneNumber(),
            tmp_path,
            steps=counts["steps"],
            validate_every=counts["validate_every"],
        )
    assert str(caught.value) == f"{name}: expected 1 or more, got 0"


def test_the_loss_is_shown(tmp_path: Path) -> None:
    units: list[str] = []
    run_training(
        OneNumber(), tmp_path, steps=3, validate_every=9,
        progress=lambda stage, done, total, unit: units.append(unit),
    )  # fmt: skip
    assert units[1] == "steps, loss 9" and len(units) == 4


def test_an_interruption_keeps_a_checkpoint(tmp_path: Path) -> None:
    class Interrupted(OneNumber):
        def learn(self, step: int) -> float:
            if step == 4:
                signal.raise_signal(signal.SIGINT)
            return super().learn(step)

    before = signal.getsignal(signal.SIGINT)
    task = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run_training(task, tmp_path, steps=20, validate_every=100)
    assert task.learned == [0, 1, 2, 3, 4] and task.exported == []
    assert signal.getsignal(signal.SIGINT) is before
    resumed = OneNumber()
    assert run_training(resumed, tmp_path, steps=7, validate_every=100) == 7
    assert resumed.learned == [5, 6] and resumed.prepared == [5]


def test_a_time_limit_writes_the_weights_and_may_be_continued(tmp_path: Path) -> None:
    task = OneNumber()
    assert run_training(task, tmp_path, steps=20, validate_every=100, max_minutes=0) == 1
    assert task.exported[-1]["step"] == 1 and log_of(tmp_path)[-1]["step"] == 1
    assert run_training(OneNumber(), tmp_path, steps=3, validate_every=100) == 3


def test_a_time_limit_counts_what_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    class Slow(OneNumber):
        def prepare(self, step: int, *, progress: Progress) -> None:
            super().prepare(step, progress=progress)
            clock[0] += 90.0

    monkeypatch.setattr("scenewright.training.loop.time.monotonic", lambda: clock[0])
    assert run_training(Slow(), tmp_path, steps=20, validate_every=100, max_minutes=1) == 1
    assert run_training(Slow(), tmp_path, steps=4, validate_every=100, max_minutes=2) == 4
