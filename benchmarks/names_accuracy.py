"""How many objects of held-out worlds ``names/tiny`` names right, and how good its scores are.

The objects are the true ones of rooms with seeds that nothing was trained on: their whole surface,
and only the part that is seen from the middle of the room at eye height. Beside them stand objects
of other domains, see `names_other_domains`: nothing was trained or chosen on these.

Run: python benchmarks/names_accuracy.py --json benchmarks/results/names_accuracy.json
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import DATA, Goal, Report, Table, run_main
from names_other_domains import OTHER, OtherObject, house_objects, mesh_objects
from scenewright.core import Scene
from scenewright.models import create
from scenewright.worlds import make_world
from scenewright.worlds.language.questions import FIRST_HELD_OUT_SEED
from scenewright.worlds.language.scenes import true_scene

LEAST_TOP1 = 85.0
"""Percent of true objects that should be named right."""
_EYE_HEIGHT = 1.5
_CELL_DEG = 2.0
_BEHIND = 0.08


@dataclass
class Options:
    """What is named."""

    worlds: int = 12
    """Held-out rooms."""
    min_score: float = 0.4
    """Score from which an object gets a name."""
    house: Path = DATA / "house-rgbd"
    """Folder of house-rgbd; left out if it does not exist."""
    meshes: Path = DATA / "meshes"
    """Folder of meshes of others; left out if it does not exist."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass(frozen=True)
class Outcome:
    """One object: its true name, the best one that was found, and its score."""

    truth: str
    found: str
    score: float


def seen_part(scene: Scene) -> Scene:
    """The scene with only the points that are not hidden from a viewer in its middle."""
    cloud = scene.points
    assert cloud is not None
    points = cloud.points.astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    middle[2] = _EYE_HEIGHT
    local = points - middle
    distance = np.linalg.norm(local, axis=1)
    turn = np.degrees(np.arctan2(local[:, 1], local[:, 0])) + 180
    tilt = np.degrees(np.arcsin(local[:, 2] / np.maximum(distance, 1e-9))) + 90
    cell = np.floor(turn / _CELL_DEG).astype(int) * 200 + np.floor(tilt / _CELL_DEG).astype(int)
    nearest = np.full(cell.max() + 1, np.inf)
    np.minimum.at(nearest, cell, distance)
    visible: NDArray[np.bool_] = distance <= nearest[cell] + _BEHIND
    return replace(scene, points=cloud[visible])


def outcomes(options: Options) -> Iterator[tuple[str, Outcome]]:
    """All objects, whole and in part."""
    namer = create("names/tiny")
    words = np.array(namer.words)
    for seed in range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + options.worlds):
        scene = true_scene(make_world("rooms", seed))
        for kind, shown in (("whole", scene), ("seen part", seen_part(scene))):
            for number, chances in namer.chances(shown).items():
                label = scene.instances.by_id(number).label
                best = int(chances.argmax())
                yield kind, Outcome(label, str(words[best]), float(chances[best]))


def summary_row(kind: str, found: list[Outcome], min_score: float) -> tuple[str, ...]:
    """Accuracies of one kind."""
    right = np.array([one.truth == one.found for one in found])
    scores = np.array([one.score for one in found])
    named = scores >= min_score
    bins = np.clip((scores * 10).astype(int), 0, 9)
    gaps = [
        abs(right[bins == k].mean() - scores[bins == k].mean()) * (bins == k).mean()
        for k in range(10)
        if (bins == k).any()
    ]
    return (
        kind,
        str(len(found)),
        f"{100 * right.mean():.1f}",
        f"{100 * named.mean():.1f}",
        f"{100 * right[named].mean():.1f}",
        f"{100 * sum(gaps):.1f}",
    )


def worst_table(found: list[Outcome]) -> Table:
    """The classes with the lowest shares of right names."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        groups[one.truth].append(one)
    rows = []
    for label, own in groups.items():
        wrong = [one.found for one in own if one.found != label]
        share = 100 * (1 - len(wrong) / len(own))
        often = max(set(wrong), key=wrong.count) if wrong else "-"
        rows.append((share, (label, str(len(own)), f"{share:.0f}", often)))
    rows.sort(key=lambda row: row[0])
    return Table(
        "Whole objects: lowest shares of right names",
        ("object", "number", "right, %", "taken for"),
        tuple(row for _, row in rows[:10]),
    )  # fmt: skip


def other_domains(options: Options) -> list[OtherObject]:
    """Objects of other domains, as far as their data are there."""
    namer = create("names/tiny")
    found: list[OtherObject] = []
    if options.house.is_dir():
        found += house_objects(options.house, namer)
    if options.meshes.is_dir():
        found += mesh_objects(options.meshes, namer)
    return found


def domains_table(found: list[OtherObject], min_score: float) -> Table:
    """A line per place that objects are from."""
    rows = []
    for source in dict.fromkeys(one.source for one in found):
        own = [one for one in found if one.source == source]
        known = [one for one in own if one.right != {OTHER}]
        foreign = [one for one in own if one.right == {OTHER}]
        sure = [one for one in known if one.score >= min_score]
        rows.append(
            (
                source, str(len(known)), share([one.is_right for one in known]),
                share([one.is_right for one in sure]),
                str(len(foreign)), share([one.is_right for one in foreign]),
            )
        )  # fmt: skip
    return Table(
        "Out of domain: a modelled house as its cameras saw it, and whole meshes of others",
        ("objects from", "of a known family", "right, %",
         f"right of those with score >= {min_score:g}, %", "of no family", "called other, %"),
        tuple(rows),
        "Labels are mapped to families by words alone; meshes of unknown scale are left out.",
    )  # fmt: skip


def share(right: list[bool]) -> str:
    """Percent, or a dash for none."""
    return f"{100 * float(np.mean(right)):.1f}" if right else "-"


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("names_accuracy", asdict(options))
    found: dict[str, list[Outcome]] = defaultdict(list)
    for kind, outcome in outcomes(options):
        found[kind].append(outcome)
    rows = tuple(summary_row(kind, own, options.min_score) for kind, own in found.items())
    columns = ("objects", "number", "right, %", f"named (score >= {options.min_score:g}), %",
               "right of these, %", "calibration error, %")  # fmt: skip
    report.add(Table(f"names/tiny on {options.worlds} held-out rooms", columns, rows))
    report.add(worst_table(found["whole"]))
    others = other_domains(options)
    if others:
        report.add(domains_table(others, options.min_score))
        report.results["other domains"] = [
            asdict(one) | {"right": sorted(one.right)} for one in others
        ]
    whole = [one.truth == one.found for one in found["whole"]]
    top1 = 100 * float(np.mean(whole))
    report.results["top1"] = {kind: row[2] for kind, row in zip(found, rows, strict=True)}
    report.goals.append(Goal("true objects named right", top1, LEAST_TOP1, "%", at_most=False))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
