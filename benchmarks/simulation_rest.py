"""Do completed rooms stay at rest? Ten held-out rooms, exported to MuJoCo and stepped.

Each room is filmed with the noise of a depth sensor, segmented, completed by the default backend,
and written as a folder for MuJoCo, which loads it. After two seconds, a body that moved by more
than two centimeters did not rest; the worst of them flew off (more than half a meter) or fell
through the floor. Fixed bodies cannot move; their share is given, since a scene in which
everything is fixed would rest as well.

Run: python benchmarks/simulation_rest.py --json benchmarks/results/simulation_rest.json
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import tyro

from accuracy_places import SEEDS
from bench_common import Goal, Report, Table, run_main
from completion_rooms import DEFAULT, NUM_FRAMES, TRUE_MASKS, completed, segmented_rooms
from scenewright.core import require
from scenewright.pipelines.complete.settings import DEFAULT_MODEL
from scenewright.runs.threads import use_threads
from scenewright.simulation import (
    SimulationScene,
    at_rest,
    simulation_scene,
    write_simulation,
)
from scenewright.simulation.mjcf import MODEL

MOST_MOVED = 0.02
"""Largest path of the origin of a body at rest, meters."""
FAR = 0.5
"""A body that moves farther flew off, meters."""


@dataclass
class Options:
    """What is simulated."""

    seeds: tuple[int, ...] = SEEDS
    """Seeds of the rooms, which nothing was chosen on."""
    masks: tuple[str, ...] = (TRUE_MASKS, DEFAULT)
    """Kinds of masks: the true ones, or names of backends."""
    model: str = DEFAULT_MODEL
    """Backend that completes objects."""
    seconds: float = 2.0
    """Simulated time."""
    num_frames: int = NUM_FRAMES
    """Frames of each room."""
    threads: int = 1
    """Cores for rendering and the compiled loops."""
    rooms: Path | None = None
    """Folder where segmented rooms are kept for other runs, and found again."""
    json: Path | None = None
    """File for the numbers."""


@dataclass(frozen=True)
class Moved:
    """How a body moved.

    Attributes:
        name: Of the body.
        distance: Between its first and last position, meters.
        turn: Its turn, degrees.
        depth: How far its lowest point ends below the floor, meters; 0 if it does not.
    """

    name: str
    distance: float
    turn: float
    depth: float

    @property
    def rests(self) -> bool:
        """Whether it stayed where it was."""
        return self.distance <= MOST_MOVED


def stepped(folder: Path, scene: SimulationScene, *, seconds: float) -> list[Moved]:
    """Loads a folder in MuJoCo, steps it, and tells how the free bodies moved.

    Args:
        folder: As `write_simulation` makes it.
        scene: What was written.
        seconds: Simulated time.

    Raises:
        MissingExtraError: MuJoCo is not installed.
    """
    mujoco = require("mujoco", extra="simulation")
    model = mujoco.MjModel.from_xml_path(str(folder / MODEL))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    start, turned = data.xpos.copy(), data.xquat.copy()
    for _ in range(round(seconds / model.opt.timestep)):
        mujoco.mj_step(model, data)
    mujoco.mj_forward(model, data)
    moved = []
    for body in scene.bodies:
        if body.fixed:
            continue
        i = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body.name)
        same = float(np.clip(abs(data.xquat[i] @ turned[i]), 0, 1))
        points = np.concatenate([part.vertices for part in body.parts])
        low = (points @ data.xmat[i].reshape(3, 3).T + data.xpos[i])[:, 2].min()
        distance = float(np.linalg.norm(data.xpos[i] - start[i]))
        distance = distance if np.isfinite(distance) else np.inf
        moved.append(Moved(
            body.name, distance, float(np.degrees(2 * np.arccos(same))),
            max(scene.floor - float(low), 0.0),
        ))  # fmt: skip
    return moved


def measure(masks: str, options: Options, report: Report) -> dict[str, Any]:
    """Simulates every room under one kind of masks."""
    found: list[Moved] = []
    reasons: Counter[str] = Counter()
    num_resting, fixed = 0, 0
    rooms = segmented_rooms(
        options.seeds, masks=masks, num_frames=options.num_frames, threads=options.threads,
        kept=options.rooms,
    )  # fmt: skip
    for seed, room in zip(options.seeds, rooms, strict=True):
        whole = completed(room.scene, model=options.model).scene
        scene = at_rest(simulation_scene(whole))
        with TemporaryDirectory() as made:
            folder = write_simulation(Path(made) / "room-mujoco", scene)
            moved = stepped(folder, scene, seconds=options.seconds)
        found += moved
        still = [body for body in scene.bodies if body.fixed]
        fixed += len(still)
        reasons.update(body.fixed.partition(" object_")[0] for body in still)
        num_resting += all(one.rests for one in moved)
        report.remark(f"room {seed}, {masks}: {len(moved)} free, {len(still)} fixed; " + (
            ", ".join(f"{one.name} {100 * one.distance:.1f} cm" for one in moved if not one.rests)
            or "all rest"
        ))  # fmt: skip
    distances = [one.distance for one in found]
    return {
        "rooms": len(options.seeds),
        "rooms_at_rest": num_resting,
        "free": len(found),
        "fixed": fixed,
        "fixed_because": dict(reasons.most_common()),
        "moved": sum(not one.rests for one in found),
        "flew_off": sum(one.distance > FAR for one in found),
        "fell_through": sum(one.depth > MOST_MOVED for one in found),
        "largest_distance": max(distances, default=0.0),
        "median_distance": float(np.median(distances)) if distances else 0.0,
        "largest_turn": max((one.turn for one in found), default=0.0),
    }


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    use_threads(options.threads)
    report = Report("simulation_rest", asdict(options))
    lines = []
    for masks in options.masks:
        value = measure(masks, options, report)
        report.results[masks] = value
        lines.append((
            masks, f"{value['rooms_at_rest']} of {value['rooms']}", str(value["free"]),
            str(value["fixed"]), str(value["moved"]), str(value["flew_off"]),
            str(value["fell_through"]), f"{1e3 * value['median_distance']:.1f}",
            f"{1e3 * value['largest_distance']:.1f}", f"{value['largest_turn']:.1f}",
        ))  # fmt: skip
        for reason, count in value["fixed_because"].items():
            report.remark(f"  fixed, {reason}: {count}")
        report.goals.append(
            Goal(f"rooms at rest, {masks}", value["rooms_at_rest"], value["rooms"], "", False)
        )
    columns = (
        "masks", "rooms at rest", "free bodies", "fixed", "moved > 2 cm", "flew off",
        "fell through", "median (mm)", "largest (mm)", "largest turn (degrees)",
    )  # fmt: skip
    report.add(Table(f"{options.seconds:g} seconds in MuJoCo", columns, tuple(lines)))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
