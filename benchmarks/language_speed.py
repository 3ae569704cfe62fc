"""How many questions per second the training of ``lm/nano`` takes, the making of data included.

A few worlds, shards and steps of the recipe are made and timed, and scaled to its numbers: worlds
are made once, shards are read more than once. Times are of the process (CPU time), which other
programs change less than the time that passes; on a machine with nothing else to do, N cores take N
times as many questions, since worlds and shards are made by processes and steps by threads. With
`--threads 2` the steps run on two, so that what threads cost is measured as well.

Run: python benchmarks/language_speed.py --json benchmarks/results/language_speed.json
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

import torch
import tyro

from bench_common import Goal, Report, Table, run_main
from scenewright.core import no_progress
from scenewright.training.tasks.language.config import LanguageTrainingConfig
from scenewright.training.tasks.language.layouts import (
    FIRST_VALIDATION_SEED,
    load_layouts,
    make_layouts,
)
from scenewright.training.tasks.language.shards import make_shard, shard_path
from scenewright.training.tasks.language.task import LanguageTask

LEAST = 600.0
"""Questions per second on two cores, the making of data included."""


@dataclass
class Options:
    """How much is timed."""

    worlds: int = 8
    """Worlds that are made."""
    shards: int = 4
    """Shards that are made: scenes of each size."""
    scenes: int = 24
    """Scenes in each shard."""
    steps: int = 16
    """Steps of the training."""
    threads: int = 1
    """Threads of the steps."""
    json: Path | None = None
    """File for the tables and all numbers."""


class Spent(NamedTuple):
    """Seconds of CPU time, and seconds that passed."""

    cpu: float
    wall: float


def timed(work: Callable[[], object]) -> Spent:
    """What some work takes."""
    cpu, wall = process_time(), perf_counter()
    work()
    return Spent(process_time() - cpu, perf_counter() - wall)


def measure(options: Options, folder: Path) -> dict[str, tuple[int, Spent]]:
    """How often each part was done, and what it took."""
    recipe = replace(
        LanguageTrainingConfig(), worlds=options.worlds, held_out=1, shards=options.shards,
        shard_scenes=options.scenes, num_threads=options.threads,
    )  # fmt: skip
    make_layouts(folder / "worlds", first=FIRST_VALIDATION_SEED, worlds=1)
    worlds: list[Path] = []
    made = timed(
        lambda: worlds.extend(make_layouts(folder / "worlds", first=0, worlds=options.worlds))
    )
    layouts = load_layouts(worlds)
    torch.set_num_threads(options.threads)
    task = LanguageTask(folder, folder, config=recipe)
    (folder / "shards").mkdir()

    def ask(number: int) -> None:
        make_shard(
            shard_path(folder / "shards", number), layouts, task.vocabulary, number=number,
            scenes=options.scenes, questions=recipe.questions,
        )  # fmt: skip

    def ask_all() -> None:
        for number in range(options.shards):
            ask(number)

    ask(0)
    asked = timed(ask_all)
    task.prepare(0, progress=no_progress)
    for step in range(3):
        task.learn(step)
    learned = timed(lambda: [task.learn(step) for step in range(options.steps)])
    return {
        "worlds": (options.worlds, made),
        "scenes with questions": (options.shards * options.scenes, asked),
        "steps": (options.steps, learned),
    }


def table_of(found: dict[str, tuple[int, Spent]]) -> tuple[Table, float]:
    """The parts, scaled to the recipe, and questions per second of CPU time."""
    recipe = LanguageTrainingConfig()
    whole = {
        "worlds": recipe.worlds, "scenes with questions": recipe.shards * recipe.shard_scenes,
        "steps": recipe.steps,
    }  # fmt: skip
    questions = recipe.steps * recipe.scenes * recipe.questions
    rows, total = [], 0.0
    for name, (count, spent) in found.items():
        seconds = spent.cpu / count * whole[name]
        total += seconds
        rows.append((
            name, str(count), f"{spent.cpu:.1f}", f"{spent.wall:.1f}", str(whole[name]),
            f"{seconds:.0f}", f"{questions / seconds:.0f}",
        ))  # fmt: skip
    rows.append(("all", "", "", "", "", f"{total:.0f}", f"{questions / total:.0f}"))
    columns = ("part", "timed", "CPU s", "passed, s", "in the recipe", "CPU s of the recipe",
               "questions per CPU s")  # fmt: skip
    often = questions / (recipe.shards * recipe.shard_scenes * recipe.questions)
    note = f"{questions:,} questions are asked in the steps, each {often:.1f} times on average."
    return Table("Training of lm/nano", columns, tuple(rows), note), questions / total


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("language_speed", asdict(options))
    with TemporaryDirectory() as folder:
        found = measure(options, Path(folder))
    table, speed = table_of(found)
    report.add(table)
    report.results["questions per CPU second"] = speed
    report.goals.append(
        Goal("questions per second, from the CPU time of two cores", 2 * speed, LEAST,
             at_most=False)
    )  # fmt: skip
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
