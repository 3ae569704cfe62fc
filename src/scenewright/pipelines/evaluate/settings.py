"""The inputs and settings of ``scenewright evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class EvaluateInputs:
    """Measures a scene against the truth: objects, id maps, held-out views, surfaces, shapes.

    With TRUTH, it measures the objects by two protocols from the literature: M counts floor and
    walls as objects, E leaves them out. Do not compare numbers between the two. These numbers are
    percentages. --id-maps, --pictures and --mesh, alone or together, measure surfels: masks of the
    views, held-out views, the mesh. --shapes measures a generated scene of separate meshes, or a
    folder of such scenes, under several alignments. --completion measures objects that
    'scenewright complete' made whole.

    Examples: `scenewright evaluate my-run/ my-capture/gt_points.ply`,
    `scenewright evaluate my-splats/ --pictures --mesh my-capture/gt_points.ply`,
    `scenewright evaluate my-objects/ --id-maps my-capture/`,
    `scenewright evaluate generated.glb --shapes my-world/`
    """

    scene: Annotated[Path, Option(metavar="SCENE", positional=True)]
    """Run, scene folder, .glb, or points with instance_id (.ply); with --shapes also a folder of
    scenes."""
    truth: Annotated[Path | None, Option(metavar="TRUTH", positional=True)] = None
    """Points with a column 'instance' (.ply), or the folder with gt_points.ply."""
    output: Annotated[Path | None, Option(metavar="FILE", short="-o")] = None
    """JSON file for the numbers."""
    overwrite: bool = False
    """Replace an older file of the same name."""


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings(Settings):
    """Settings of ``evaluate``."""

    id_maps: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """True id maps, a capture with instance/, a scene of LERF-Mask or a sequence of Replica:
    mIoU and boundary mIoU, matched one to one."""
    pictures: bool = False
    """Compare the views that the fit held out with their photographs: PSNR, SSIM."""
    capture: Annotated[Path | None, Option(metavar="CAPTURE")] = None
    """Folder of the photographs; default: the capture that the scene was made from."""
    lpips_weights: Annotated[str | None, Option(metavar="REFERENCE")] = None
    """Weights of LPIPS, such as file:lpips-alex.safetensors; without them LPIPS is not measured."""
    mesh: Annotated[Path | None, Option(metavar="FILE")] = None
    """True mesh (.ply, .glb) or points (.ply): Chamfer distance, F-score, normals."""
    threshold: Annotated[float, Option(metavar="METERS")] = 0.02
    """Distance threshold of the F-score."""
    shapes: Annotated[Path | None, Option(metavar="TRUTH")] = None
    """True objects: a folder of 'data make' with objects/ (or its world.json or instances.json), a
    scene with assets, or a GLB with one node per object; or a folder of these, for a folder of
    scenes."""
    completion: Annotated[Path | None, Option(metavar="TRUTH")] = None
    """True objects, as for --shapes, of a completed scene in the same frame: IoU of volumes, also
    of the unseen part alone, distances, and whether what was seen and what is free is kept."""
    pair_by: Literal["id", "order", "place"] = "id"
    """How generated objects are paired with true ones: equal ids, order in the file, or place."""
    normalize: Literal["each", "size", "truth"] = "each"
    """Scale each scene by its extent, the generated one to the size of the truth (for scenes turned
    against it), or both by the extent of the truth (for scenes in its frame and unit)."""
    alignments: Annotated[tuple[str, ...], Option(metavar="NAME")] = (
        "none", "icp", "icp-yaw", "robust",
    )  # fmt: skip
    """Alignments before shapes are compared."""
    points: Annotated[tuple[int, ...], Option(metavar="N")] = (10_240, 20_480)
    """Samples per object."""
    shape_views: Annotated[int, Option(metavar="N")] = 4
    """Views in which the generated and the true scene are rendered and compared; 0 for none."""
    encoders: Annotated[tuple[str, ...], Option(metavar="NAME=WEIGHTS")] = ()
    """Image encoders that compare these views, such as embed/clip=file:clip/."""
