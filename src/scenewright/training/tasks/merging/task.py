"""Trains learned merging: films rooms, fuses them, fits the trees, measures them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from scenewright.core import CaptureError, Progress, no_progress
from scenewright.fusion.merging.objects import FEATURES
from scenewright.io import write_bytes, write_json
from scenewright.models.trees import save_trees
from scenewright.runs.workers import in_processes
from scenewright.training.tasks.merging.config import MergingTrainingConfig
from scenewright.training.tasks.merging.examples import Example, read_example, write_example

WEIGHTS_NAME = "merging.safetensors"
"""File name of the trees, as `fusion.merging.objects` reads them."""
LOG_NAME = "measured.json"


def train_merging(
    out: str | Path,
    *,
    config: MergingTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains the trees of learned merging on synthetic rooms; run again to resume.

    Args:
        out: Folder for the examples (``examples/``), the trees (``merging.safetensors``) and what
            was measured on the held-out rooms (``measured.json``).
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit of filming, minutes; None sets no limit. When it is reached, the
            trees are fitted on the rooms that are there, at least one per call.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the trees.

    Raises:
        MissingExtraError: LightGBM is not installed.
        CaptureError: No room could be filmed, or none to train on in time.
    """
    from scenewright.training.tasks.merging.fitting import fit_trees, measure

    config, folder = config or MergingTrainingConfig(), Path(out)
    seeds = range(config.first_seed, config.first_seed + config.num_rooms)
    first, last = seeds[: -config.held_out], seeds[-config.held_out :]
    # The held-out rooms come first, so that trees of a limited run are measured, too.
    num_rooms = _film_all(
        [*last, *first], folder / "examples", num_workers=config.num_workers,
        max_minutes=max_minutes, progress=progress,
    )  # fmt: skip
    fitted, held_out = _read(first, folder / "examples"), _read(last, folder / "examples")
    if not fitted:
        raise CaptureError(
            f"{folder}", expected="rooms to train on",
            got=f"none, after {num_rooms} of {len(seeds)} rooms",
            do="Run again to film more of them." if num_rooms < len(seeds) else None,
        )  # fmt: skip
    progress("fit", 0, 1, "trees")
    trees = fit_trees([one for _, one in fitted], config)
    progress("fit", 1, 1, "trees")
    measured = {
        kind: {
            name: {"AP": ap.ap, "AP50": ap.ap50, "AP25": ap.ap25}
            for name, ap in measure([one for k, one in held_out if k == kind], trees).items()
        }
        for kind in sorted({kind for kind, _ in held_out})
    }
    facts = {
        "config": asdict(config),
        "held_out": measured,
        "num_examples": len(fitted),
        "num_rooms": num_rooms,
    }
    write_json(folder / LOG_NAME, facts)
    metadata = {"trained": json.dumps(facts), "license": "Apache-2.0"}
    write_bytes(
        folder / WEIGHTS_NAME,
        save_trees({"pair": trees.pair, "whole": trees.whole}, metadata, features=FEATURES),
    )
    return folder / WEIGHTS_NAME


def _film_all(
    seeds: Sequence[int],
    folder: Path,
    *,
    num_workers: int,
    max_minutes: float | None,
    progress: Progress,
) -> int:
    """Films the rooms that are missing, in order, until the time is over; how many there are."""
    end = None if max_minutes is None else time.monotonic() + 60 * max_minutes
    missing = [seed for seed in seeds if not (folder / f"{seed}.json").is_file()]
    done = len(seeds) - len(missing)
    progress("film", done, len(seeds), "rooms")
    jobs = [(seed, folder) for seed in missing]
    with closing(in_processes(_film, jobs, num_workers)) as filmed:
        for _ in filmed:
            done += 1
            progress("film", done, len(seeds), "rooms")
            if end is not None and time.monotonic() >= end:
                break
    return done


def _film(job: tuple[int, Path]) -> None:
    """Writes the examples of a seed, and last a list of them, which marks the seed as done."""
    from scenewright.training.tasks.merging.films import make_examples

    seed, folder = job
    names = []
    for kind, example in make_examples(seed).items():
        names.append([kind, f"{seed}-{kind.replace('/', '-')}.npz"])
        write_example(folder / names[-1][1], example)
    write_json(folder / f"{seed}.json", {"examples": names})


def _read(seeds: Iterable[int], folder: Path) -> list[tuple[str, Example]]:
    """The examples of those seeds that were filmed, each with the name of its masks."""
    found = []
    for seed in seeds:
        if not (folder / f"{seed}.json").is_file():
            continue
        for kind, name in json.loads((folder / f"{seed}.json").read_text())["examples"]:
            found.append((str(kind), read_example(folder / str(name))))
    return found
