"""How many questions lm/nano answers right, beside rules, and beside runs that see no scene.

The questions are those of `language_accuracy`: about held-out worlds with true boxes, free of
doubt, in the wordings that it was taught and in others. `lm/symbolic` stands beside it, as an upper
line for questions of this kind. With `--ablation-steps N`, networks without relations, with
relations that only weigh, with relations that are passed on as well, and without pointers are
trained equally long on the worlds of a folder of `scenewright train language`, and measured on its
worlds for validation; so are networks without and with pictures of objects (`language_views`). With
several `--weights`, trainings with other seeds are compared.

Run: python benchmarks/language_learned.py --json benchmarks/results/language_learned.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any, Literal

import numpy as np
import tyro

from bench_common import Goal, Report, Table, run_main
from language_accuracy import Options as Asking
from language_accuracy import Tally, learn, measure, opened, rooms, time_questions
from language_views import views_table
from scenewright.metrics.language.blind import BlindModel
from scenewright.worlds.language.questions import (
    FAMILIES_OF_QUESTIONS,
    FIRST_HELD_OUT_SEED,
    GROUNDING_FAMILIES,
    make_questions,
)
from scenewright.worlds.language.scenes import true_scene

SLOWEST = 300.0
"""Milliseconds for a question about 60 objects."""
GOALS: dict[str, tuple[tuple[str, ...], float]] = {
    "attribute": (("attribute",), 97), "exist": (("exist", "exist on"), 95),
    "count": (("count", "count on", "count color"), 85), "closest, farthest": (("nearest",), 85),
    "left, right, front, behind": (("side",), 88), "on, under": (("on", "carrier"), 92),
    "between": (("between",), 70), "superlatives": (("superlative",), 88),
    "nothing": (("zero", "zero on", "zero class"), 92),
}  # fmt: skip
MULTI = ("multi", "multi on")
MULTI_GOAL = 90.0
WORDING_GOAL, BLIND_GOAL = 8.0, 30.0
_VARIANTS: dict[str, dict[str, Any]] = {
    "relations off": {"relation": "off"},
    "relations as bias": {"relation": "bias"},
    "bias and values, no pointer": {"relation": "values", "pointer": False},
    "bias and values, pointer": {"relation": "values"},
}


@dataclass
class Options:
    """What is asked, and which trainings are compared."""

    worlds: int = 4
    """Held-out worlds of each of three groups."""
    training_worlds: int = 12
    """Worlds from which the blind and the majority run learn."""
    per_family: int = 2
    """Questions of each family, per world and kind of wording."""
    weights: tuple[str, ...] = ()
    """References of the weights of lm/nano; default: those of the wheel. Several, such as those of
    trainings with other seeds, are compared with each other, and nothing else."""
    ablation_steps: int = 0
    """Steps of each training that is compared; 0 = none."""
    ablations: tuple[Literal["relations", "pictures"], ...] = ("relations", "pictures")
    """What is left out in turn: relations of objects, and their pictures."""
    data: Path = Path("runs/language")
    """Folder of a training, whose worlds and shards the compared trainings use."""
    json: Path | None = None
    """File for the tables and all numbers."""


def asking(options: Options, model: str, number: int = 0) -> Asking:
    """The options of `language_accuracy` for one model, with some of the given weights."""
    weights = options.weights[number] if options.weights and model == "lm/nano" else None
    return Asking(
        worlds=options.worlds, training_worlds=options.training_worlds,
        per_family=options.per_family, model=model, weights=weights,
    )  # fmt: skip


def mean_share(tally: Tally, families: tuple[str, ...], column: str) -> float:
    """Percent of right answers: mean of families, each the mean of its groups."""
    shares = [np.mean(found) for one in families if (found := tally.shares(one, column))]
    return float(np.mean(shares)) if shares else float("nan")


def accuracy_table(nano: Tally, rules: Tally, note: str) -> Table:
    """A row per family, and their means."""
    columns = (
        (nano, "true boxes"), (nano, "held-out words"), (nano, "damaged"), (rules, "true boxes"),
        (rules, "held-out words"), (nano, "blind"), (nano, "majority"),
    )  # fmt: skip
    rows = []
    for family in FAMILIES_OF_QUESTIONS:
        count = sum(nano.all.get((family, group, "true boxes"), 0) for group in range(3))
        cells = []
        for number, (tally, column) in enumerate(columns):
            shares = tally.shares(family, column)
            spread = f" ±{np.std(shares):.1f}" if number < 3 and shares else ""
            cells.append(f"{np.mean(shares):.1f}{spread}" if shares else "-")
        rows.append((family, str(count), *cells))
    for name, families in (("all", FAMILIES_OF_QUESTIONS), ("phrases", GROUNDING_FAMILIES)):
        means = [f"{mean_share(tally, families, column):.1f}" for tally, column in columns]
        rows.append((f"mean of {name}", "", *means))
    heads = ("lm/nano", "held-out words", "damaged", "lm/symbolic", "held-out words", "blind",
             "majority")  # fmt: skip
    return Table("Right answers, percent", ("family", "questions", *heads), tuple(rows), note)


def seeds_tables(options: Options, blind: dict[bool, BlindModel]) -> tuple[Table, Table]:
    """How far trainings of one length differ: each, their mean and their standard deviation."""
    found = [measure(asking(options, "lm/nano", number), blind)[0]
             for number in range(len(options.weights))]  # fmt: skip
    columns = ("true boxes", "held-out words", "damaged")

    def row(name: str, families: tuple[str, ...]) -> tuple[str, ...]:
        cells = []
        for column in columns:
            shares = [mean_share(tally, families, column) for tally in found]
            cells += [" ".join(f"{share:.1f}" for share in shares),
                      f"{np.mean(shares):.1f} ±{np.std(shares, ddof=1):.1f}"]  # fmt: skip
        return (name, *cells)

    heads = [head for column in columns for head in (f"{column}: each", "mean")]
    rows = [row(family, (family,)) for family in FAMILIES_OF_QUESTIONS]
    rows += [row("mean of all", FAMILIES_OF_QUESTIONS), row("mean of phrases", GROUNDING_FAMILIES)]
    goals = [
        (name, f"at least {goal:g}", *row(name, families)[1:3])
        for name, (families, goal) in GOALS.items()
    ]
    title = f"{len(found)} trainings of lm/nano: right answers, percent"
    note = f"In this order: {', '.join(options.weights)}"
    return (
        Table(title, ("family", *heads), tuple(rows), note),
        Table("Beside the goals", ("what", "goal", "each", "mean"), tuple(goals)),
    )  # fmt: skip


def multi_f1(options: Options) -> float:
    """Mean F1 of the ids of phrases that mean several objects, percent."""
    language, scores = opened(asking(options, "lm/nano")), []
    for group in range(3):
        for seed, world in rooms(FIRST_HELD_OUT_SEED + 1000 * group, options.worlds):
            reader = language.read(true_scene(world))
            for one in make_questions(
                world, seed=seed, per_family=options.per_family, families=MULTI
            ):
                found = set(reader.ground(one.text).ids)
                common = len(found & set(one.ids))
                scores.append(200 * common / max(len(found) + len(one.ids), 1))
    return float(np.mean(scores))


def goals(nano: Tally, f1: float) -> list[Goal]:
    """The goals, and what was reached."""
    found = [
        Goal(name, mean_share(nano, families, "true boxes"), goal, "%", at_most=False)
        for name, (families, goal) in GOALS.items()
    ]
    found.append(Goal("F1 of several objects", f1, MULTI_GOAL, "%", at_most=False))
    true, other = (
        mean_share(nano, FAMILIES_OF_QUESTIONS, name) for name in ("true boxes", "held-out words")
    )
    found.append(Goal("lost with held-out words", true - other, WORDING_GOAL, "points"))
    seen, blind = (mean_share(nano, GROUNDING_FAMILIES, name) for name in ("true boxes", "blind"))
    gained = Goal("phrases, above the blind run", seen - blind, BLIND_GOAL, "points", at_most=False)
    return [*found, gained]


def compared(options: Options) -> Table:
    """Equal trainings of networks that lack something."""
    from tempfile import TemporaryDirectory

    from scenewright.training.tasks.language.config import LanguageTrainingConfig
    from scenewright.training.tasks.language.task import LanguageTask

    recipe = LanguageTrainingConfig(steps=options.ablation_steps)
    names = ("all", "phrases", "attribute", "nearest", "side", "between", "on", "superlative")
    rows = []
    for name, changes in _VARIANTS.items():
        start = process_time()
        with TemporaryDirectory() as folder:
            task = LanguageTask(options.data, Path(folder), config=replace(recipe, **changes))
            task.prepare(0, progress=lambda *_: None)
            for step in range(recipe.steps):
                task.learn(step)
            found = task.validate()
        cells = [f"{found[one]:.1f}" if one in found else "-" for one in names]
        rows.append((name, *cells, f"{(process_time() - start) / 60:.1f}"))
    return Table(
        f"Equal trainings of {recipe.steps} steps: right answers, percent",
        ("network", *names, "minutes of CPU"), tuple(rows),
    )  # fmt: skip


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("language_learned", asdict(options))
    if options.ablation_steps:
        if "relations" in options.ablations:
            report.add(compared(options))
        if "pictures" in options.ablations:
            report.add(views_table(options.data, options.ablation_steps))
        report.finish(options.json)
        return
    blind, learned = learn(asking(options, "lm/nano"))
    if len(options.weights) > 1:
        for table in seeds_tables(options, blind):
            report.add(table)
        report.finish(options.json)
        return
    nano, asked = measure(asking(options, "lm/nano"), blind)
    rules, _ = measure(asking(options, "lm/symbolic"), blind)
    note = (
        f"Means and standard deviations of three groups of {options.worlds} rooms each, with seeds "
        f"from {FIRST_HELD_OUT_SEED:,}. Hash of the questions: {asked}; of those that the blind "
        f"run learned from: {learned}."
    )
    report.add(accuracy_table(nano, rules, note))
    median, longest, count = time_questions(asking(options, "lm/nano"))
    report.add(
        Table(
            f"Milliseconds of one core for a question about {count} objects, after loading",
            ("model", "median", "longest"),
            (("lm/nano", f"{median:.1f}", f"{longest:.1f}"),),
        )
    )
    report.goals += goals(nano, multi_f1(options))
    report.goals.append(Goal("longest question about 60 objects", longest, SLOWEST, "ms"))
    report.results["right"] = {
        name: {family: tally.shares(family, "true boxes") for family in FAMILIES_OF_QUESTIONS}
        for name, tally in (("lm/nano", nano), ("lm/symbolic", rules))
    }
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
