"""The inputs and settings of ``scenewright convert``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.pipelines.sources.settings import Up
from scenewright.runs.options import Option, Settings


@dataclass(frozen=True, kw_only=True)
class ConvertInputs:
    """Writes a scene in another format, chosen by the suffix of the output.

    No suffix: scene folder. .glb: one mesh per object. .ply: points with instance_id.
    .splat.ply, .splat.glb: surfels for splat viewers; .surfel.ply: for 2D Gaussian splatting (.ply
    without points and .glb without meshes hold surfels, too). .obj, .stl: meshes for other
    programs. .html: a page for a browser. .json: boxes. .npz: instance masks over the points, as
    OnlineAnySeg writes them. .txt: the same in the format of the ScanNet benchmark, an index file
    with predicted_masks/ next to it.

    For simulators, from whole objects (see 'scenewright complete'): .usda and .usdc: USD;
    a folder named mujoco or urdf, or with a name that ends with -mujoco or -urdf: MuJoCo, or a URDF
    per object.

    Examples: `scenewright convert my-run/ chairs.glb --only 4 7`,
    `scenewright convert my-run/ out/scene0000_00.txt`, `scenewright convert room/ room.splat.ply`,
    `scenewright convert my-run/ objects/ --split`,
    `scenewright convert my-whole-run/ room-mujoco/`
    """

    input: Annotated[Path, Option(metavar="IN", positional=True)]
    """Run, scene folder, .glb (objects or splats), .ply (points or splats) or .json (boxes)."""
    output: Annotated[Path, Option(metavar="OUT", positional=True)]
    """File or folder to write."""
    overwrite: bool = False
    """Replace an existing output."""


@dataclass(frozen=True, kw_only=True)
class ConvertSettings(Settings):
    """Settings of ``convert``."""

    without: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Leave these instances out."""
    only: Annotated[tuple[int, ...], Option(metavar="ID")] = ()
    """Write only these instances."""
    split: bool = False
    """Write one file per object into the folder OUT, and one for the rest of the surface."""
    split_type: Annotated[str, Option(metavar="SUFFIX")] = "glb"
    """File type for --split: glb, obj, stl or ply."""
    up: Up = None
    """Direction against gravity, which the output states; default: that of the input."""
