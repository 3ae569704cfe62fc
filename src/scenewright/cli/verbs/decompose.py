"""``scenewright decompose``: surfels become objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from scenewright.cli.options import CommonOptions, Count, Name

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal
    from scenewright.pipelines.decompose.run import DecomposeReport


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Divides the surfels of a scene into objects, and writes a run folder.

    Masks of every view say what belongs together; no prompt is needed. The run folder gets the
    scene, a mesh per object (objects.glb), the surfels of each object (objects/ID.ply) and those of
    none (background.ply), boxes (instances.json), id maps of the views (id_maps/), pictures and
    what it cost (report.json).

    Example: `scenewright decompose my-splats/ -o my-objects/`
    """

    scene: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SCENE")]
    """Run of 'scenewright fit-splats', scene folder, or splats (.ply) with --capture."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="RUN")] = None
    """Run folder to make; runs/NAME-OF-SCENE-objects if left out."""
    capture: Annotated[Path | None, tyro.conf.arg(metavar="CAPTURE")] = None
    """Folder of the pictures; the one that the scene was made from if left out."""
    masks: Annotated[str, tyro.conf.arg(metavar="NAME|FOLDER")] = "masks/depth-edges"
    """Backend that finds the masks (see 'scenewright models list'), or a folder with masks."""
    mask_suffix: Annotated[str, tyro.conf.arg(metavar="TEXT")] = ""
    """What stands between a frame's name and the file type in a folder of masks: '.segm'."""
    tracks: bool = False
    """A mask id means the same object in every picture: nothing is grouped."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="REFERENCE")] = None
    """Weights of the backend: builtin:NAME, file:PATH or hub:ORG/REPO; its own if left out."""
    device: Name = None
    """Where the backend's network runs, such as cuda; the processor if left out."""
    preset: Annotated[str, tyro.conf.arg(metavar="NAME")] = "default"
    """Named settings: default, or published (the published rules)."""
    features: bool = False
    """Train instance features, which surfels without object then follow."""
    feature_steps: Annotated[int, tyro.conf.arg(metavar="N")] = 3000
    """Steps of that training."""
    seed_from_instances: bool = False
    """Begin with the instances that the scene has, which keep their ids."""
    no_split: bool = False
    """Leave surfels whole that lie across the border of two objects."""
    no_meshes: bool = False
    """Make no meshes of the objects."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Of the training of features."""
    layout: Name = None
    """Layout of the capture; recognized if left out."""
    threads: Count = None
    """Processor cores to use; all if left out."""
    overwrite: bool = False
    """Replace an older run of the same name."""


def run(options: Options, terminal: Terminal) -> int:
    """Decomposes, and shows what was found."""
    from scenewright.pipelines.decompose.run import decompose_run
    from scenewright.pipelines.decompose.steps import DecomposeSettings

    name = options.scene.resolve().name or "scene"
    output = options.output or Path("runs") / f"{name}-objects"
    settings = DecomposeSettings(
        masks=options.masks,
        mask_suffix=options.mask_suffix,
        weights=options.weights,
        device=options.device,
        preset=options.preset,
        tracks=options.tracks,
        features=options.features,
        feature_steps=options.feature_steps,
        split=not options.no_split,
        seed_from_instances=options.seed_from_instances,
        meshes=not options.no_meshes,
        seed=options.seed,
    )
    with terminal.progress() as progress:
        report = decompose_run(
            options.scene,
            output,
            settings=settings,
            capture=options.capture,
            layout=options.layout,
            threads=options.threads,
            overwrite=options.overwrite,
            progress=progress,
        )
    show_objects(report, terminal)
    return 0


def show_objects(report: DecomposeReport, terminal: Terminal) -> None:
    """Shows the objects, the cost of the stages, and where the run lies."""
    from scenewright.metrics import format_stages

    result = report.result
    if result.num_views_without_masks:
        terminal.warn(f"{result.num_views_without_masks} views without masks")
    rows = []
    for row, thing in zip(report.instances, result.objects.objects, strict=True):
        seen = "-" if thing.grid is None else f"{100 * thing.grid.seen_share:.0f} %"
        size = " x ".join(f"{edge:.2f}" for edge in row.box.size)
        rows.append(
            (str(row.id), f"{row.score:.2f}", size, str(row.num_points), str(row.num_frames), seen)
        )
    terminal.table(("id", "score", "size (m)", "surfels", "views", "seen"), rows)
    terminal.write()
    if not terminal.quiet:
        terminal.write(format_stages(result.stages))
        terminal.write()
    depth = ", with the depth of the surfels" if result.depth_drawn else ""
    terminal.write(
        f"{len(report.instances)} objects from {result.num_masks} masks in "
        f"{len(result.objects.masks)} views{depth}"
    )
    terminal.write(f"run folder: {report.run}")
