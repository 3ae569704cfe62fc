"""How well surfels are divided into objects: synthetic rooms, and a rendered bedroom.

Surfels are fitted to every picture but each 8th; the masks of the pictures that were learned from
divide them. The ids of the surfels are then drawn from the views that were held out and held
against the true ids: one-to-one matching over all views, missing objects score 0. Floor, walls
and ceiling are instances. A view counts for an object that it shows on 0.1 % of its pixels or
more, since slivers of a few pixels say nothing; what is smaller is ignored on both sides.

Kinds of masks: the true ones (ids shuffled in every frame), damaged ones (a fifth dropped, others
split, merged and with moved borders), and those of mask backends.

Run: python benchmarks/decompose_accuracy.py --json benchmarks/results/decompose_accuracy.json
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import DATA, Goal, Report, Table, require_folder, run_main
from scenewright.core import Frame, MaskSet, SurfelCloud, Views
from scenewright.data import open_capture
from scenewright.io import read_splat_ply
from scenewright.io.id_maps import read_id_map
from scenewright.metrics import IdMapMatch, match_id_maps
from scenewright.models import create
from scenewright.runs.threads import use_threads
from scenewright.splats.decomposition import Clusters, cluster_preset, decompose_masks
from scenewright.splats.fitting import Fitter, fit_preset, initial_surfels_from_depth
from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.lifting.straddlers import split_straddlers
from scenewright.splats.lifting.votes import label_votes
from scenewright.splats.rasterizer import SurfelArrays, blend_weights, near_plane
from scenewright.splats.rasterizer.weight_store import build_weight_store
from scenewright.worlds import film_room
from scenewright.worlds.rendering.mask_faults import MaskFaults

TRUE_IOU, DAMAGED_IOU, LEAD = 95.0, 88.0, 3.0
SMALLEST_SHARE = 1e-3
"""Of a view's pixels that an object must cover there to count."""


@dataclass
class Options:
    """What is measured, and how."""

    seeds: tuple[int, ...] = (0, 1, 2)
    """Seeds of the rooms; none leaves them out."""
    bedroom: Path | None = DATA / "house-rgbd" / "bedroom"
    """Capture with true ids; None leaves it out."""
    bedroom_masks: Path = DATA / "house-masks" / "bedroom"
    """Its true and damaged masks."""
    masks: tuple[str, ...] = ("true", "damaged", "masks/depth-edges")
    """Kinds of masks, or names of backends; those only with the preset `default`."""
    presets: tuple[str, ...] = ("default", "published")
    """Presets of the decomposition."""
    fitted: Path | None = None
    """Folder with surfels that `splats_quality.py --save` fitted to the same frames; places that it
    lacks are fitted here."""
    fit: str = "default"
    """Preset of the fits that are made here."""
    max_minutes: float | None = None
    """Time that the steps of a fit may take; None = without limit."""
    num_frames: int = 80
    """Frames of each room."""
    width: int = 480
    """Of the pictures of the rooms, pixels."""
    height: int = 360
    """Of the pictures of the rooms, pixels."""
    max_surfels: int = 200_000
    """Surfels to start from, at most."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


@dataclass
class Place:
    """Frames with true ids.

    Attributes:
        frames: RGB-D frames.
        truth: True ids of each frame.
        damaged: Masks with faults of each frame.
    """

    frames: list[Frame]
    truth: list[NDArray[np.int32]]
    damaged: list[NDArray[np.int32]] = field(default_factory=list)


class GivenMasks:
    """Masks that are already known, by the names of frames."""

    def __init__(self, masks: dict[str, MaskSet]) -> None:
        self._masks = masks

    def propose(self, frame: Frame) -> MaskSet:
        """The masks of a frame."""
        return self._masks[frame.name]


def load_room(seed: int, options: Options) -> Place:
    """A room with sensor noise, and its truth."""
    room = film_room(
        seed, num_frames=options.num_frames, width=options.width, height=options.height,
        depth_noise=True, num_threads=options.threads,
    )  # fmt: skip
    truth = [room.id_map(i) for i in range(len(room))]
    damaged = [
        MaskFaults().apply(ids, rng=np.random.default_rng(1000 * seed + i))
        for i, ids in enumerate(truth)
    ]
    return Place(list(room), truth, damaged)


def load_bedroom(folder: Path, masks: Path) -> Place:
    """The rendered bedroom, with the masks that lie beside it."""
    frames = list(open_capture(require_folder(folder, what="house-rgbd", option="--bedroom")))
    names = [f"{frame.name}.png" for frame in frames]
    return Place(
        frames,
        [read_id_map(folder / "instance" / name) for name in names],
        [read_id_map(masks / "damaged" / name) for name in names],
    )


def shuffled(ids: NDArray[np.int32], seed: int) -> NDArray[np.int32]:
    """The same masks with ids that mean nothing beyond this frame."""
    order = np.random.default_rng(seed).permutation(int(ids.max())).astype(np.int32) + 1
    return np.concatenate([np.zeros(1, np.int32), order])[ids]


def fit(
    name: str, place: Place, options: Options
) -> tuple[SurfelCloud, list[int], list[int], float]:
    """Surfels, positions of the frames that were learned from and held out, and the PSNR there."""
    known = None if options.fitted is None else options.fitted / f"{name}.splat.ply"
    config = fit_preset(options.fit)
    if known is not None and known.is_file():
        fitter = Fitter(place.frames, read_splat_ply(known).surfels, config=config)
    else:
        surfels = initial_surfels_from_depth(place.frames, max_surfels=options.max_surfels)
        fitter = Fitter(place.frames, surfels, config=config)
        fitter.fit(max_minutes=options.max_minutes)
    held = fitter.held_out.tolist()
    rest = [i for i in range(len(place.frames)) if i not in set(held)]
    return fitter.surfels, rest, held, fitter.evaluate().psnr


def masks_of(kind: str, place: Place, positions: Sequence[int]) -> Any:
    """What proposes the masks of a kind."""
    if kind not in ("true", "damaged"):
        return create(kind)
    chosen = {}
    for i in positions:
        ids = shuffled(place.truth[i], i) if kind == "true" else place.damaged[i]
        chosen[place.frames[i].name] = MaskSet.from_id_map(ids)
    return GivenMasks(chosen)


def measure(surfels: SurfelCloud, place: Place, positions: Sequence[int]) -> IdMapMatch:
    """The ids of surfels in some views against the true ones."""
    assert surfels.instance_id is not None
    arrays, near = SurfelArrays.of(surfels), near_plane(surfels.means)
    found, truth, slivers = [], [], []
    for i in positions:
        frame = place.frames[i]
        assert frame.world_from_cam is not None
        seen = blend_weights(arrays, frame.camera, world_from_cam=frame.world_from_cam, near=near)
        found.append(render_id_map(surfels.instance_id, seen.ids, seen.weights, seen.alpha))
        ids, counts = np.unique(place.truth[i], return_counts=True)
        small = ids[counts < SMALLEST_SHARE * place.truth[i].size]
        truth.append(place.truth[i])
        slivers.append(np.isin(place.truth[i], small))
    return match_id_maps(found, truth, ignored=slivers)


def judge(surfels: SurfelCloud, place: Place, held: Sequence[int]) -> dict[str, Any]:
    """Figures of one decomposition."""
    assert surfels.instance_id is not None
    match = measure(surfels, place, held)
    return {
        "miou": 100 * match.mean_iou,
        "boundary_iou": 100 * match.mean_boundary_iou,
        "pooled_iou": 100 * match.mean_pooled_iou,
        "objects": len(np.unique(surfels.instance_id[surfels.instance_id > 0])),
        "true_objects": len(match.truth_ids),
    }


def measure_place(
    name: str, place: Place, options: Options, report: Report
) -> dict[str, dict[str, Any]]:
    """Every kind of masks with every preset; straddling surfels cut with true masks, too."""
    surfels, learned, held, psnr = fit(name, place, options)
    report.remark(f"{name}: {len(surfels)} surfels, {psnr:.2f} dB held out")
    frames = [place.frames[i] for i in learned]
    views = Views.from_frames(frames)
    start = perf_counter()
    store = build_weight_store(SurfelArrays.of(surfels), views, near=near_plane(surfels.means))
    store_seconds = perf_counter() - start
    rows: dict[str, dict[str, Any]] = {}
    for kind in options.masks:
        proposer = masks_of(kind, place, learned)
        masks = [proposer.propose(frame) for frame in frames]
        for preset in options.presets if kind in ("true", "damaged") else ("default",):
            start = perf_counter()
            clusters = decompose_masks(store, masks, surfels, cluster_preset(preset))
            seconds = store_seconds + perf_counter() - start
            labeled = surfels.with_instances(clusters.labels, clusters.scores)
            facts = {"masks": len(clusters.mask_id), "seconds": seconds, "psnr": psnr}
            rows[f"{kind}, {preset}"] = facts | judge(labeled, place, held)
            if kind == "true" and preset == "default":
                maps = [object_map(shown, clusters, v) for v, shown in enumerate(masks)]
                votes = label_votes(store, maps).tocsc()
                cut = split_straddlers(labeled, store, maps, views, votes=votes).surfels
                rows["true, default, straddling surfels cut"] = facts | judge(cut, place, held)
    for key, facts in rows.items():
        report.remark(f"{name}, {key}: mIoU {facts['miou']:.1f}")
    return rows


def object_map(masks: MaskSet, clusters: Clusters, view: int) -> NDArray[np.int32]:
    """(H, W) object that the masks of a view show."""
    here = clusters.mask_view == view
    of_mask = dict(zip(clusters.mask_id[here], clusters.mask_object[here], strict=True))
    ids = masks.to_id_map()
    lookup = np.zeros(int(ids.max(initial=0)) + 1, np.int32)
    for mask_id, number in of_mask.items():
        lookup[mask_id] = number
    return lookup[ids]


def make_table(name: str, places: Sequence[dict[str, dict[str, Any]]]) -> Table:
    """Means over places."""
    rows = []
    for key in places[0]:
        cells = [place[key] for place in places]

        def mean(what: str, cells: list[dict[str, Any]] = cells) -> float:
            return float(np.mean([cell[what] for cell in cells]))

        rows.append(
            (
                key,
                f"{mean('miou'):.1f}",
                f"{mean('boundary_iou'):.1f}",
                f"{mean('pooled_iou'):.1f}",
                ", ".join(f"{cell['miou']:.1f}" for cell in cells),
                f"{mean('objects'):.0f} / {mean('true_objects'):.0f}",
                f"{mean('seconds'):.0f}",
            )
        )
    columns = (
        "masks, preset", "mIoU", "boundary IoU", "pooled IoU", "mIoU of each", "found / true", "s",
    )  # fmt: skip
    note = "Held-out views. s: weight store, tracking, clustering and labels, mean."
    return Table(f"Decomposition: {name}", columns, tuple(rows), note)


def make_goals(name: str, places: Sequence[dict[str, dict[str, Any]]]) -> list[Goal]:
    """Promised and measured."""

    def miou(key: str) -> float | None:
        if key not in places[0]:
            return None
        return float(np.mean([place[key]["miou"] for place in places]))

    goals = []
    for kind, least in (("true", TRUE_IOU), ("damaged", DAMAGED_IOU)):
        value = miou(f"{kind}, default")
        if value is not None:
            goals.append(Goal(f"{name}, {kind} masks: mIoU", value, least, at_most=False))
    ours, theirs = miou("damaged, default"), miou("damaged, published")
    if ours is not None and theirs is not None:
        text = f"{name}, damaged masks: mIoU over published"
        goals.append(Goal(text, ours - theirs, LEAD, at_most=False))
    return goals


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("decompose_accuracy", asdict(options))
    use_threads(options.threads)
    groups: dict[str, list[dict[str, dict[str, Any]]]] = {}
    for seed in options.seeds:
        found = measure_place(f"room {seed}", load_room(seed, options), options, report)
        groups.setdefault("synthetic rooms (rendered)", []).append(found)
    if options.bedroom is not None:
        place = load_bedroom(options.bedroom, options.bedroom_masks)
        groups["bedroom (rendered)"] = [measure_place("bedroom", place, options, report)]
    for name, places in groups.items():
        report.add(make_table(name, places))
        report.goals += make_goals(name, places)
    report.results["places"] = groups
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
