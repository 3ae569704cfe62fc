"""The inputs and settings of ``scenewright evaluate-language``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from scenewright.runs.options import Name, Option, Settings


@dataclass(frozen=True, kw_only=True)
class EvaluateLanguageInputs:
    """Measures answers, groundings of phrases, and captions of objects against annotations.

    FILE is one of ScanRefer, Multi3DRefer, ScanQA, SQA3D, Scan2Cap, Nr3D or Sr3D. The answers come
    from a model that reads the scenes, or from a file of predictions. Beside them stand a blind
    run, which sees the words alone, and a majority run, which always gives the most frequent
    answer; both learn from --train, or else from the other scenes of the file. Objects are found in
    boxes of the scenes, so --scenes is needed for phrases and captions; beside captions stand a run
    without any and one with the same sentence everywhere.

    Examples: `scenewright evaluate-language ScanQA_v1.0_val.json --scenes scans/`,
    `scenewright evaluate-language v1_balanced_questions_test_scannetv2.json`
    """

    annotations: Annotated[Path, Option(metavar="FILE", positional=True)]
    """Annotations as released. Of SQA3D the questions; the answers are expected beside them."""
    scenes: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder with a scene of each id: a run, a scene folder, or a .json, .ply or .glb."""
    truth: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of the same form with the true objects; default: those of --scenes."""
    predictions: Annotated[Path | None, Option(metavar="FILE")] = None
    """Predictions of another program: a JSON list of records with scene_id, id and pred."""
    output: Annotated[Path | None, Option(metavar="JSON", short="-o")] = None
    """File for the numbers; an older one is replaced."""


@dataclass(frozen=True, kw_only=True)
class EvaluateLanguageSettings(Settings):
    """Settings of ``evaluate-language``."""

    kind: Literal["auto", "scanrefer", "multi3drefer", "scanqa", "sqa3d", "scan2cap", "referit"] = (
        "auto"
    )
    """Form of the annotations (referit: Nr3D and Sr3D); auto: known by their fields."""
    train: Annotated[Path | None, Option(metavar="FILE")] = None
    """Annotations from which the blind and the majority run learn; default: the other scenes of
    the same file, in five parts."""
    model: Annotated[str, Option(metavar="NAME")] = "lm/symbolic"
    """Model of language that reads the scenes."""
    weights: Name = None
    """Weights of the model, such as a folder of 'train lora'; default: those of its card."""
