"""How many phrases are grounded right when objects are found by the segmentation, not given.

Held-out rooms are filmed with the noise of a depth sensor, segmented, and named by ``names/tiny``.
The phrases are those about one object that `scenewright.worlds.language` makes from exact truth; a
phrase counts as right if the box that is found first overlaps the true one by an IoU of 0.25, 0.5.
*Reachable* is the share of phrases whose object was found with such a box at all. Objects that no
frame shows are left out. Beside the names that were found stand true ones, each object getting the
name of the true object that its box overlaps most, to tell errors of names from errors of shape.

Run: python benchmarks/language_segmented.py --json benchmarks/results/language_segmented.json
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import Report, Table, run_main
from scenewright.core import MaskSet, Scene
from scenewright.fusion import OnlineSegmenter, fusion_preset
from scenewright.geometry.box_relations import upright_bounds
from scenewright.io import load_scene, save
from scenewright.metrics.language.grounding import GroundedBox, measure_grounding
from scenewright.models import MaskProposer, create
from scenewright.pipelines.name.steps import name as name_objects
from scenewright.pipelines.sources.depth_range import with_depth_range
from scenewright.worlds import SyntheticCapture, film_world, make_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.language.questions import FIRST_HELD_OUT_SEED, make_questions
from scenewright.worlds.language.scenes import true_scene

SENSOR = "structured-light"
LIMITS = (0.25, 0.5)
_LEAST_PIXELS = 150
"""An object that all frames together show less of was not seen."""
_SAME = 0.1
"""IoU from which an object gets the true name of another."""


@dataclass
class Options:
    """What is filmed and asked."""

    worlds: int = 6
    """Held-out rooms."""
    frames: int = 60
    """Frames of each film."""
    width: int = 320
    """Of the images, pixels."""
    height: int = 240
    """Of the images, pixels."""
    per_family: int = 3
    """Phrases of each family and room."""
    masks: tuple[str, ...] = ("true", "masks/depth-edges")
    """Masks of the segmentation: true ones, or names of backends."""
    models: tuple[str, ...] = ("lm/symbolic",)
    """Models of language."""
    kept: Path | None = None
    """Folder for the segmented scenes, which a later run with the same films finds there."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass
class Row:
    """What came out for one kind of objects, names and model."""

    boxes: list[GroundedBox] = field(default_factory=list)
    reachable: list[float] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """Acc at both limits, and how many were reachable."""
        found = measure_grounding(self.boxes)
        best = np.array(self.reachable)
        shares = [100 * found.all.at[limit] for limit in LIMITS]
        return (
            str(len(self.boxes)),
            *(f"{share:.1f}" for share in shares),
            *(f"{100 * float((best >= limit).mean()):.1f}" for limit in LIMITS),
        )


def film(world: World, seed: int, options: Options) -> SyntheticCapture:
    """A hand-held sweep through a room."""
    return film_world(
        world, num_frames=options.frames, width=options.width, height=options.height,
        sensor=SENSOR, seed=seed,
    )  # fmt: skip


def segmented(capture: SyntheticCapture, masks: str) -> Scene:
    """The scene that the segmentation makes of a film."""
    backend: MaskProposer | None = None if masks == "true" else create(masks)
    config, _ = with_depth_range(fusion_preset("default"), capture)
    segmenter = OnlineSegmenter(config, up=capture.up)
    for index, frame in enumerate(capture):
        found: MaskSet | None = capture.masks(index) if backend is None else backend.propose(frame)
        segmenter.update(frame, found)
    segmenter.finish()
    scene = segmenter.result()
    return labeled(scene, ("",) * len(scene.instances))


def labeled(scene: Scene, labels: tuple[str, ...]) -> Scene:
    """The scene with these labels, and no other candidates."""
    table = replace(scene.instances, label=labels, label_scores=tuple({} for _ in labels))
    return replace(scene, instances=table)


def seen_ids(capture: SyntheticCapture) -> set[int]:
    """Objects of which enough pixels are seen."""
    counts: dict[int, int] = {}
    for index in range(len(capture)):
        ids, pixels = np.unique(capture.id_map(index), return_counts=True)
        for number, count in zip(ids.tolist(), pixels.tolist(), strict=True):
            counts[number] = counts.get(number, 0) + count
    return {number for number, count in counts.items() if number and count >= _LEAST_PIXELS}


def boxes_of(scene: Scene) -> NDArray[np.float64]:
    """(N, 6) centers and sizes of upright boxes."""
    table = scene.instances
    low, high = upright_bounds(
        table.center, table.size, table.rotation, level_from_world=np.eye(3)
    )  # fmt: skip
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def overlaps(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) IoU of one box with others."""
    low = np.maximum(one[:3] - one[3:] / 2, others[:, :3] - others[:, 3:] / 2)
    high = np.minimum(one[:3] + one[3:] / 2, others[:, :3] + others[:, 3:] / 2)
    common = np.prod(np.maximum(high - low, 0), axis=1)
    whole = np.prod(one[3:]) + np.prod(others[:, 3:], axis=1) - common
    shares: NDArray[np.float64] = common / np.maximum(whole, 1e-12)
    return shares


def with_true_names(scene: Scene, truth: Scene) -> Scene:
    """The scene with the names of the true objects that its boxes overlap most."""
    own, true = boxes_of(scene), boxes_of(truth)
    labels = []
    for row in range(len(own)):
        shares = overlaps(own[row], true)
        best = int(shares.argmax()) if len(shares) else -1
        labels.append(truth.instances.label[best] if best >= 0 and shares[best] >= _SAME else "")
    return labeled(scene, tuple(labels))


def kept_or_segmented(capture: SyntheticCapture, masks: str, *, kept: Path | None) -> Scene:
    """The scene of a file, or the one that the segmentation makes, which is kept there."""
    if kept is not None and kept.exists():
        return load_scene(kept)
    scene = segmented(capture, masks)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        save(scene, kept)
    return scene


def scenes(
    capture: SyntheticCapture, truth: Scene, options: Options, kept: Path | None
) -> Iterator[tuple[str, str, Scene]]:
    """Objects, names, and the scene: true ones, and what the segmentation found."""
    yield "true", "true", truth
    yield "true", "names/tiny", name_objects(unnamed(truth))
    for number, masks in enumerate(options.masks):
        scene = kept_or_segmented(capture, masks, kept=kept and kept / f"masks-{number}")
        kind = f"segmented, {'true masks' if masks == 'true' else masks}"
        yield kind, "true", with_true_names(scene, truth)
        yield kind, "names/tiny", name_objects(scene)


def unnamed(scene: Scene) -> Scene:
    """The scene without names of objects."""
    labels = tuple(
        label if stuff else ""
        for label, stuff in zip(scene.instances.label, scene.instances.is_stuff, strict=True)
    )
    return labeled(scene, labels)


def measure(options: Options, report: Report) -> dict[tuple[str, str, str], Row]:
    """Grounds all phrases in all scenes."""
    rows: dict[tuple[str, str, str], Row] = {}
    models = {name: create(name) for name in options.models}
    for seed in range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + options.worlds):
        world = make_world("rooms", seed)
        truth, capture = true_scene(world), film(world, seed, options)
        seen = seen_ids(capture)
        phrases = [
            one
            for one in make_questions(world, seed=seed, per_family=options.per_family)
            if not one.answer and len(one.ids) == 1 and one.ids[0] in seen
        ]
        true = dict(zip(truth.instances.id.tolist(), boxes_of(truth), strict=True))
        kept = options.kept and options.kept / f"room-{seed}"
        for kind, names, scene in scenes(capture, truth, options, kept):
            ids, own = scene.instances.id.tolist(), boxes_of(scene)
            for model, language in models.items():
                row = rows.setdefault((kind, names, model), Row())
                reader = language.read(scene)
                for phrase in phrases:
                    target = true[phrase.ids[0]]
                    found = reader.ground(phrase.text).ids
                    box = own[ids.index(found[0])] if found else None
                    row.boxes.append(GroundedBox(box, target))
                    row.reachable.append(float(overlaps(target, own).max(initial=0)))
        report.remark(f"room {seed}: {len(phrases)} phrases, {len(seen)} objects seen")
    return rows


def table_of(rows: dict[tuple[str, str, str], Row], options: Options) -> Table:
    """A line per kind of objects, names and model."""
    columns = ("objects", "names", "model", "phrases", "Acc@0.25", "Acc@0.5",
               "reachable@0.25", "reachable@0.5")  # fmt: skip
    lines: Sequence[tuple[str, ...]] = [(*key, *row.cells()) for key, row in rows.items()]
    return Table(
        "Phrases about one object, percent",
        columns,
        tuple(lines),
        f"{options.worlds} rooms with seeds from {FIRST_HELD_OUT_SEED:,}, {options.frames} frames "
        f"of {options.width} x {options.height} each, depth sensor {SENSOR}.",
    )


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("language_segmented", asdict(options))
    rows = measure(options, report)
    report.add(table_of(rows, options))
    report.results["rows"] = {", ".join(key): row.cells() for key, row in rows.items()}
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
