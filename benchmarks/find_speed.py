"""How long ``find`` takes among many objects, after loading.

The scenes are furnished rooms: a few worlds, each repeated with the names of its objects dealt anew
and the objects moved, so that no two scenes are alike. The index is written to a temporary folder
and read back, as ``scenewright find --index`` does.

Run: python benchmarks/find_speed.py --json benchmarks/results/find_speed.json
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import tyro

from bench_common import Goal, Report, Table, run_main
from scenewright.core import Scene
from scenewright.language.finding import SceneSearch, SceneStore
from scenewright.language.finding.engines import EngineName
from scenewright.language.finding.packing import scene_entry
from scenewright.worlds import make_world
from scenewright.worlds.language.questions import FIRST_HELD_OUT_SEED
from scenewright.worlds.language.scenes import true_scene

SLOWEST = 50.0
"""Milliseconds for a phrase among 10,000 objects."""
PHRASES = (
    "the red chair", "the chair left of the desk", "the mug on the table",
    "the largest plant between the sofa and the window", "all books on a shelf",
    "the white lamp near the bed", "a blue box under the desk", "the vase closest to the door",
    "something red on the floor", "the bottle that is not on a shelf", "the piano",
    "the toaster left of the microwave",
)  # fmt: skip


@dataclass
class Options:
    """What is searched."""

    objects: int = 10_000
    """Objects in all scenes, at least."""
    worlds: int = 6
    """Different rooms, which are repeated with shuffled objects."""
    engine: EngineName = "exact"
    """How vectors are compared."""
    tries: int = 3
    """Times that each phrase is looked for; the fastest counts."""
    json: Path | None = None
    """File for the tables and all numbers."""


def shuffled(scene: Scene, seed: int) -> Scene:
    """The scene with the names of its objects dealt anew."""
    rng = np.random.default_rng([seed, 61])
    table = scene.instances
    rows = np.flatnonzero(~table.is_stuff)
    labels = list(table.label)
    for row, other in zip(rows.tolist(), rng.permutation(rows).tolist(), strict=True):
        labels[row] = table.label[other]
    center = table.center.copy()
    center[rows, :2] += rng.normal(0, 0.3, (len(rows), 2))
    return replace(scene, instances=replace(table, label=tuple(labels), center=center))


def scenes(options: Options) -> Iterator[tuple[str, Scene]]:
    """Scenes until there are enough objects."""
    rooms = [
        true_scene(make_world("rooms", FIRST_HELD_OUT_SEED + k), points_per_object=200)
        for k in range(options.worlds)
    ]
    number = count = 0
    while count < options.objects:
        scene = shuffled(rooms[number % len(rooms)], number)
        yield f"/rooms/{number:04d}", scene
        count += int((~scene.instances.is_stuff).sum())
        number += 1


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("find_speed", asdict(options))
    with tempfile.TemporaryDirectory() as folder:
        store = SceneStore(Path(folder) / "index")
        for path, scene in scenes(options):
            store.put(scene_entry(path, scene), "made")
        store.close()
        size = (Path(folder) / "index" / "index.sqlite").stat().st_size
        start = perf_counter()
        store = SceneStore(Path(folder) / "index")
        search = SceneSearch(store.entries(), engine=options.engine)
        store.close()
        loading = perf_counter() - start
    rows, longest, found = [], 0.0, search.find(PHRASES[0])
    for phrase in PHRASES:
        times = []
        for _ in range(options.tries):
            start = process_time()
            found = search.find(phrase)
            times.append(1e3 * (process_time() - start))
        longest = max(longest, min(times))
        rows.append((phrase, f"{min(times):.1f}", str(len(found.objects)), str(found.num_checked)))
    report.add(
        Table(
            f"Milliseconds of one core for a phrase among {found.num_objects:,} objects in "
            f"{found.num_scenes:,} scenes, after loading",
            ("phrase", "ms", "found", "scenes checked"),
            tuple(rows),
            f"Loading the index of {size / 1e6:.0f} MB took {loading:.1f} s.",
        )
    )
    report.results["longest_ms"] = longest
    report.results["loading_s"] = loading
    report.goals.append(Goal("longest phrase", longest, SLOWEST, "ms"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
