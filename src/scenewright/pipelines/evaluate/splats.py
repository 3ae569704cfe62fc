"""Surfels and their objects against the truth: pictures held out, id maps, and surfaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, ConventionError, FormatError, Mesh, Scene
from scenewright.core.progress import Progress, no_progress
from scenewright.data import open_capture
from scenewright.io import load_scene, read_glb_mesh, read_json, read_ply_mesh, read_ply_points
from scenewright.io.id_maps import ID_MAPS
from scenewright.io.ply import read_ply_header
from scenewright.metrics import (
    IdMapFolder,
    IdMapMatch,
    ImageQuality,
    MeshComparison,
    PromptScores,
    compare_meshes,
    compare_points,
    format_images,
    format_masks,
    format_meshes,
    images_to_dict,
    masks_to_dict,
    match_id_maps,
    match_prompts,
    mean_quality,
    measure_image,
    meshes_to_dict,
    open_id_maps,
    open_replica,
    pair_frames,
    read_lerf_masks,
    replica_background,
    sample_surface,
)
from scenewright.metrics.images.perceptual import PerceptualDistance
from scenewright.metrics.images.prompt_masks import resize_nearest
from scenewright.metrics.shapes.meshes import NUM_SAMPLES
from scenewright.pipelines.evaluate.scenes import TRUTH_INSTANCES
from scenewright.pipelines.sources.captures import capture_of
from scenewright.pipelines.sources.scenes import surfels_and_views
from scenewright.pipelines.sources.views import frames_of_views, view_frame
from scenewright.runs.folder import RunFolder
from scenewright.runs.stages import StageCost
from scenewright.splats.rasterizer.rendering import render

IdMap = NDArray[np.int32]
_TRUE_FOLDER = "instance"
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_REPLICA_INFO = ("info_semantic.json", "habitat/info_semantic.json")


@dataclass(frozen=True, eq=False)
class SplatEvaluation:
    """What was measured, each by name.

    Attributes:
        images: Drawn views against photographs.
        masks: Id maps against true ones.
        meshes: Surfaces against true ones.
        stages: What the run cost by stage, where it tells.
        notes: What to know about the numbers.
    """

    images: Mapping[str, ImageQuality] = field(default_factory=dict)
    masks: Mapping[str, IdMapMatch | PromptScores] = field(default_factory=dict)
    meshes: Mapping[str, MeshComparison] = field(default_factory=dict)
    stages: Mapping[str, StageCost] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def joined(self, other: SplatEvaluation) -> SplatEvaluation:
        """Both in one."""
        return SplatEvaluation(
            {**self.images, **other.images},
            {**self.masks, **other.masks},
            {**self.meshes, **other.meshes},
            {**self.stages, **other.stages},
            tuple(dict.fromkeys((*self.notes, *other.notes))),
        )

    def tables(self) -> str:
        """The numbers as text, but for the costs of the stages."""
        parts = []
        if self.images:
            parts.append(format_images(self.images))
        if self.masks:
            parts.append(format_masks(self.masks))
        if self.meshes:
            parts.append(format_meshes(self.meshes))
        return "\n\n".join([*parts, *self.notes])

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "images": {name: images_to_dict(one) for name, one in self.images.items()},
            "masks": {name: masks_to_dict(one) for name, one in self.masks.items()},
            "meshes": {name: meshes_to_dict(one) for name, one in self.meshes.items()},
            "stages": {name: cost.as_dict() for name, cost in self.stages.items()},
            "notes": list(self.notes),
        }


def evaluate_pictures(
    run: str | Path,
    *,
    capture: str | Path | None = None,
    lpips_weights: str | None = None,
    progress: Progress = no_progress,
) -> SplatEvaluation:
    """Draws the views that a fit held out, and compares them with their photographs.

    Args:
        run: A run of `fit_splats_run`, or one of `decompose_run`, whose surfels come from one.
        capture: Folder of the photographs; None takes the one that the run knows.
        lpips_weights: Reference of the weights of LPIPS, such as ``file:lpips-alex.safetensors``;
            None leaves it out.
        progress: Told how far it is.

    Raises:
        CaptureError: The capture is gone or another one.
        ConventionError: The run has no surfels.
    """
    place = Path(run)
    scene = load_scene(place)
    surfels, views = surfels_and_views(scene)
    source = open_capture(capture_of(place, scene) if capture is None else capture)
    perceptual = None if lpips_weights is None else PerceptualDistance.load(lpips_weights)
    held_out = _held_out(scene, len(views))
    places = frames_of_views(source, views)
    chosen = held_out or list(range(len(views)))
    parts = []
    for done, number in enumerate(chosen):
        photo = view_frame(source[places[number]], views, number).image
        if photo is None:
            raise CaptureError(
                f"View '{views.name[number]}' has no picture any more",
                expected="the pictures that the surfels were fitted to",
                got="a frame without one",
            )
        drawn = render(surfels, views.camera(number), world_from_cam=views.world_from_cam[number])
        parts.append(measure_image(drawn.color, photo, perceptual=perceptual))
        progress("measure", done + 1, len(chosen), "views")
    name = "held-out views" if held_out else "all views"
    return SplatEvaluation(images={name: mean_quality(parts)}, stages=run_stages(place))


def evaluate_id_maps(run: str | Path, truth: str | Path) -> SplatEvaluation:
    """Compares the id maps of a run with true masks, paired one to one.

    Args:
        run: A run of `decompose_run` (or of `segment_run` with id maps), or a folder of id maps.
        truth: Folder of true id maps, of a capture that holds them as ``instance/``, of a scene of
            LERF-Mask, or of a sequence of Replica; recognized by what is in it.

    Raises:
        FormatError: There are no id maps, or frames and sizes do not fit together.
    """
    place, folder = Path(run), Path(truth)
    found = open_id_maps(place / ID_MAPS if (place / ID_MAPS).is_dir() else place)
    stages = run_stages(place)
    if not folder.is_dir():
        raise FormatError(f"{truth}", expected="a folder of true masks", got="no such folder")
    if _is_lerf(folder):
        masks = read_lerf_masks(folder)
        scores, _ = match_prompts(masks, found)
        note = "prompts were matched to ids by overlap, one to one, not by text"
        return SplatEvaluation(masks={"LERF-Mask": scores}, stages=stages, notes=(note,))
    if _is_replica(folder):
        wanted = open_replica(folder, background_ids=_replica_stuff(folder))
        return _match("Replica", _by_number(found, wanted), wanted, stages)
    own = folder / _TRUE_FOLDER if (folder / _TRUE_FOLDER).is_dir() else folder
    true_maps = open_id_maps(own)
    result = _match("all", found, true_maps, stages)
    stuff = _stuff(folder, own)
    if stuff:
        objects = _match("objects", found, true_maps, stages, stuff=stuff)
        result = result.joined(objects)
    return result


def evaluate_mesh(
    run: str | Path, truth: str | Path, *, threshold: float = 0.02, seed: int = 0
) -> SplatEvaluation:
    """Compares the surface of a run with the true one, in the same world frame.

    Args:
        run: A run that holds ``mesh.ply``, or a mesh (`.ply`, `.glb`).
        truth: A mesh (`.ply`, `.glb`) or points on the true surface (`.ply`).
        threshold: Distance of the F-score, metres.
        seed: Of the samples on the surfaces.

    Raises:
        FormatError: A file is missing or holds no mesh.
    """
    place = Path(run)
    mesh = _read_mesh(place / "mesh.ply" if place.is_dir() else place)
    target = Path(truth)
    if target.is_dir():
        target = target / "gt_points.ply"
    if not target.is_file():
        raise FormatError(f"{target}", expected="a mesh or points", got="no such file")
    options: dict[str, Any] = {"thresholds": (threshold,)}
    if _is_mesh(target):
        result = compare_meshes(mesh, _read_mesh(target), seed=seed, **options)
        return SplatEvaluation(meshes={"mesh": result}, stages=run_stages(place))
    cloud = read_ply_points(target)
    points, normals = sample_surface(mesh, NUM_SAMPLES, seed=seed)
    has = cloud.normals is not None
    result = compare_points(
        points,
        cloud.points,
        normals=normals if has else None,
        truth_normals=cloud.normals,
        **options,
    )
    return SplatEvaluation(meshes={"mesh": result}, stages=run_stages(place))


def run_stages(run: Path) -> Mapping[str, StageCost]:
    """What the stages of a run cost; empty for other folders."""
    return RunFolder.open(run).report.stages if RunFolder.is_run(run) else {}


def _match(
    name: str,
    found: Mapping[str, IdMap],
    wanted: Mapping[str, IdMap],
    stages: Mapping[str, StageCost],
    *,
    stuff: frozenset[int] = frozenset(),
) -> SplatEvaluation:
    """Compares the frames that were seen by the run; those without a view are noted."""
    shared = [frame for frame in wanted if frame in found] or list(wanted)
    notes: tuple[str, ...] = ()
    if len(shared) < len(wanted):
        left = len(wanted) - len(shared)
        notes = (f"{left} of {len(wanted)} true frames are no views of the run",)

    def pairs() -> Iterator[tuple[IdMap, IdMap]]:
        for predicted, truth in pair_frames(found, {key: wanted[key] for key in shared}):
            own = truth if not stuff else np.where(np.isin(truth, list(stuff)), 0, truth)
            sized = predicted
            if predicted.shape != own.shape:
                sized = resize_nearest(predicted, own.shape)
            yield sized, own.astype(np.int32)

    both = list(pairs())
    result = match_id_maps([found for found, _ in both], [truth for _, truth in both])
    return SplatEvaluation(masks={name: result}, stages=stages, notes=notes)


def _held_out(scene: Scene, num_views: int) -> list[int]:
    """Positions of the views that the fit of a scene held out."""
    for step in reversed(scene.provenance):
        settings = step.config.get("preset") if step.name == "fit-splats" else None
        interval = settings.get("holdout_interval") if isinstance(settings, Mapping) else None
        if isinstance(interval, int) and interval > 0:
            return list(range(0, num_views, interval))
    return []


def _is_lerf(folder: Path) -> bool:
    return (folder / "test_mask").is_dir() or folder.name == "test_mask"


def _is_replica(folder: Path) -> bool:
    inside = folder / "semantic_instance"
    return inside.is_dir() or any(folder.glob("semantic_instance_*.png"))


def _replica_stuff(folder: Path) -> frozenset[int]:
    for place in (folder, *folder.absolute().parents[:2]):
        for name in _REPLICA_INFO:
            if (place / name).is_file():
                return replica_background(place / name)
    return frozenset()


def _by_number(found: IdMapFolder, wanted: Mapping[str, IdMap]) -> Mapping[str, IdMap]:
    """Predicted id maps under the numbers that Replica calls its frames by."""
    names = {}
    for name in found:
        match = _LAST_NUMBER.search(name)
        if match:
            names[str(int(match[1]))] = name
    return {number: found[names[number]] for number in wanted if number in names}


def _stuff(folder: Path, own: Path) -> frozenset[int]:
    """Ids of walls, floors and the like, from an instances.json beside the id maps."""
    for path in (folder / TRUTH_INSTANCES, own.parent / TRUTH_INSTANCES):
        if path.is_file():
            rows = read_json(path).get("instances", [])
            return frozenset(int(row["id"]) for row in rows if row.get("is_stuff"))
    return frozenset()


def _is_mesh(path: Path) -> bool:
    if path.suffix.lower() != ".ply":
        return True
    header = read_ply_header(path)
    return any(element.name == "face" and element.count for element in header.elements)


def _read_mesh(path: Path) -> Mesh:
    if not path.is_file():
        raise FormatError(
            f"{path}",
            expected="a mesh (.ply or .glb), or a run that holds mesh.ply",
            got="no such file",
        )
    if path.suffix.lower() == ".ply":
        if not _is_mesh(path):
            raise FormatError(f"{path}", expected="triangles", got="points only")
        return read_ply_mesh(path)
    if path.suffix.lower() == ".glb":
        return read_glb_mesh(path)
    raise ConventionError("Mesh file", expected=".ply or .glb", got=path.name)
