"""``scenewright convert``: a scene in another format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from scenewright.cli.options import CommonOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Writes a scene in another format, chosen by the suffix of the output.

    No suffix: scene folder. .glb: one mesh per object. .ply: points with instance_id.
    .splat.ply, .splat.glb: surfels for splat viewers; .surfel.ply: for 2D Gaussian splatting (.ply
    and .glb give surfels, too, if there are no points or meshes). .json: boxes. .npz: instance
    masks over the points, as OnlineAnySeg writes them. .txt: the same as the ScanNet benchmark
    wants them, an index and predicted_masks/ beside it.

    Examples: `scenewright convert my-run/ chairs.glb`,
    `scenewright convert my-run/ out/scene0000_00.txt`, `scenewright convert room/ room.splat.ply`
    """

    input: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="IN")]
    """Run, scene folder, .glb, .ply or .json."""
    output: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")]
    """File or folder to make."""
    overwrite: bool = False
    """Replace what is there."""


def run(options: Options, terminal: Terminal) -> int:
    """Converts, and says what was written."""
    from scenewright.io import load_scene, save

    scene = load_scene(options.input)
    save(scene, options.output, overwrite=options.overwrite)
    num_points = 0 if scene.points is None else len(scene.points)
    counts = f"{len(scene.instances)} objects, {num_points} points"
    if scene.surfels is not None:
        counts += f", {len(scene.surfels)} surfels"
    terminal.write(f"{options.output}: {counts} read")
    return 0
