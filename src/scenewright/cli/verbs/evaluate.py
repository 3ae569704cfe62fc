"""``scenewright evaluate``: a scene against the truth."""

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
    """Measures a scene against the truth, by the two protocols that papers use.

    Protocol M counts floor and walls as objects; protocol E leaves them out. Numbers of the two
    must not be compared. Percent throughout.

    Example: `scenewright evaluate my-run/ my-capture/gt_points.ply`
    """

    scene: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SCENE")]
    """Run, scene folder or points with instance_id (.ply)."""
    truth: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="TRUTH")]
    """Points with a column 'instance' (.ply), or the folder with gt_points.ply."""
    output: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """JSON file to write the numbers to."""


def run(options: Options, terminal: Terminal) -> int:
    """Measures, and shows the tables."""
    from scenewright.io import write_json
    from scenewright.pipelines.evaluation import evaluate

    result = evaluate(options.scene, options.truth)
    terminal.write(result.tables())
    terminal.write()
    terminal.write(
        f"{100 * result.covered_share:.1f} % of {result.num_truth_points} true points lie within "
        "5 cm of the scene"
    )
    if options.output is not None:
        write_json(options.output, result.as_dict())
    return 0
