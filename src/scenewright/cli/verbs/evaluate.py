"""``scenewright evaluate``: a scene against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from scenewright.cli.options import CommonOptions
from scenewright.core import ConventionError

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal
    from scenewright.pipelines.evaluate.splats import SplatEvaluation


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Measures a scene against the truth: objects, id maps, pictures held out, surfaces.

    With TRUTH, the objects by the two protocols that papers use. Protocol M counts floor and walls
    as objects; protocol E leaves them out. Numbers of the two must not be compared. Percent
    throughout. With --id-maps, --pictures or --mesh, alone or together, what surfels give: masks
    of the views, views that were held out, the mesh.

    Examples: `scenewright evaluate my-run/ my-capture/gt_points.ply`,
    `scenewright evaluate my-splats/ --pictures --mesh my-capture/gt_points.ply`,
    `scenewright evaluate my-objects/ --id-maps my-capture/`
    """

    scene: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SCENE")]
    """Run, scene folder or points with instance_id (.ply)."""
    truth: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="TRUTH")] = None
    """Points with a column 'instance' (.ply), or the folder with gt_points.ply."""
    id_maps: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """True id maps, a capture with instance/, a scene of LERF-Mask or a sequence of Replica:
    mIoU and boundary mIoU, paired one to one."""
    pictures: bool = False
    """Views that the fit held out against their photographs: PSNR, SSIM."""
    capture: Annotated[Path | None, tyro.conf.arg(metavar="CAPTURE")] = None
    """Folder of the photographs; the one that the scene was made from if left out."""
    lpips_weights: Annotated[str | None, tyro.conf.arg(metavar="REFERENCE")] = None
    """Weights of LPIPS, such as file:lpips-alex.safetensors; without them it is left out."""
    mesh: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """True mesh (.ply, .glb) or points (.ply): Chamfer distance, F-score, normals."""
    threshold: Annotated[float, tyro.conf.arg(metavar="METRES")] = 0.02
    """Distance of the F-score."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """JSON file to write the numbers to."""


def run(options: Options, terminal: Terminal) -> int:
    """Measures, and shows the tables."""
    from scenewright.io import write_json

    values: dict[str, Any] = {}
    surfels = _of_surfels(options, terminal)
    if options.truth is None and surfels is None:
        raise ConventionError(
            "Nothing to measure against",
            expected="TRUTH, --id-maps FOLDER, --pictures or --mesh FILE",
            got="none of them",
            do="See 'scenewright evaluate --help'.",
        )
    if options.truth is not None:
        values |= _of_objects(options.scene, options.truth, terminal)
    if surfels is not None:
        if values:
            terminal.write()
        terminal.write(surfels.tables())
        values |= surfels.as_dict()
    if options.output is not None:
        write_json(options.output, values)
    return 0


def _of_objects(scene: Path, truth: Path, terminal: Terminal) -> dict[str, Any]:
    from scenewright.pipelines.evaluate.scenes import evaluate

    result = evaluate(scene, truth)
    terminal.write(result.tables())
    terminal.write()
    terminal.write(
        f"{100 * result.covered_share:.1f} % of {result.num_truth_points} true points lie within "
        "5 cm of the scene"
    )
    return result.as_dict()


def _of_surfels(options: Options, terminal: Terminal) -> SplatEvaluation | None:
    from scenewright.pipelines.evaluate import splats as measures

    result = None
    parts = []
    if options.pictures:
        with terminal.progress() as progress:
            parts.append(
                measures.evaluate_pictures(
                    options.scene,
                    capture=options.capture,
                    lpips_weights=options.lpips_weights,
                    progress=progress,
                )
            )
    if options.id_maps is not None:
        parts.append(measures.evaluate_id_maps(options.scene, options.id_maps))
    if options.mesh is not None:
        parts.append(
            measures.evaluate_mesh(options.scene, options.mesh, threshold=options.threshold)
        )
    for part in parts:
        result = part if result is None else result.joined(part)
    return result
