"""``scenewright evaluate-language``: scores of answers and groundings, beside blind ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Progress, Scene, no_progress
from scenewright.geometry.box_relations import upright_bounds
from scenewright.io import write_json
from scenewright.metrics.language.answers import measure_answers
from scenewright.metrics.language.grounding import (
    GROUNDING_THRESHOLDS,
    GroundedBox,
    GroundedSet,
    measure_grounding,
    measure_sets,
)
from scenewright.pipelines.evaluate_language.answering import (
    Prediction,
    SceneShelf,
    blind_predictions,
    model_predictions,
)
from scenewright.pipelines.evaluate_language.captions import caption_runs
from scenewright.pipelines.evaluate_language.items import (
    CAPTIONS,
    SENTENCES,
    LanguageItem,
    named_ids,
    read_items,
    read_predictions,
)
from scenewright.pipelines.evaluate_language.settings import EvaluateLanguageSettings
from scenewright.pipelines.sources.readers import open_language

Scores = dict[str, dict[str, float]]


@dataclass(frozen=True)
class LanguageReport:
    """Scores of all runs.

    Attributes:
        kind: Form of the annotations.
        num_items: Number of questions or phrases.
        num_missing: Of a file of predictions, how many have none; they count as wrong.
        runs: By name of the run and of the group (``all`` and types) the measures, in percent.
    """

    kind: str
    num_items: int
    num_missing: int
    runs: dict[str, dict[str, dict[str, float]]]

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "kind": self.kind, "num_items": self.num_items, "num_missing": self.num_missing,
            "runs": self.runs,
        }  # fmt: skip


def evaluate_language_run(
    annotations: str | Path,
    settings: EvaluateLanguageSettings | None = None,
    *,
    scenes: str | Path | None = None,
    truth: str | Path | None = None,
    predictions: str | Path | None = None,
    output: str | Path | None = None,
    progress: Progress = no_progress,
) -> LanguageReport:
    """Measures answers or groundings, with a blind and a majority run beside them.

    Args:
        annotations: A file of ScanRefer, Multi3DRefer, ScanQA, SQA3D, Scan2Cap, Nr3D or Sr3D.
        settings: Form of the file, the model that reads the scenes, and what the runs that see none
            learn from; None takes the defaults.
        scenes: Folder with a scene of each id.
        truth: Folder with the true objects of each id; None = `scenes`.
        predictions: Predictions of another program, see `read_predictions`.
        output: JSON file for the numbers.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        FormatError: A file is damaged, or a scene is missing.
        ConventionError: Phrases are to be measured without scenes.
        UnknownNameError: There is no such model.
    """
    chosen = settings or EvaluateLanguageSettings()
    kind, items = read_items(Path(annotations), chosen.kind)
    shelf = None if scenes is None else SceneShelf(Path(scenes))
    true_shelf = shelf if truth is None else SceneShelf(Path(truth))
    if true_shelf is None and items[0].object_ids is not None:
        raise ConventionError(
            f"{'Captions' if kind == CAPTIONS else 'Phrases'} of {kind}",
            expected="--scenes FOLDER, since boxes are compared", got="no scenes",
            do="See 'scenewright evaluate-language --help'.",
        )  # fmt: skip
    runs: dict[str, list[Prediction]] = {}
    missing = 0
    known = None if predictions is None else read_predictions(Path(predictions))
    if known is not None:
        missing = sum((one.scene_id, one.key) not in known for one in items)
    if kind == CAPTIONS:
        assert true_shelf is not None
        report = LanguageReport(
            kind, len(items), missing,
            caption_runs(
                items, (shelf or true_shelf, true_shelf),
                model=(chosen.model, open_language(chosen.model, chosen.weights)), known=known,
                progress=progress,
            ),
        )  # fmt: skip
        return _written(report, output)
    if known is not None:
        runs["predictions"] = [known.get((one.scene_id, one.key), "") for one in items]
    if shelf is not None:
        model = open_language(chosen.model, chosen.weights)
        runs[chosen.model] = model_predictions(items, shelf, model, progress=progress)
    learned = None if chosen.train is None else read_items(chosen.train, kind)[1]
    unseeing = blind_predictions(items, learned)
    if unseeing is not None:
        runs["blind"], runs["majority"] = unseeing
    report = LanguageReport(
        kind,
        len(items),
        missing,
        {name: _measured(kind, items, run, (shelf, true_shelf)) for name, run in runs.items()},
    )
    return _written(report, output)


def _written(report: LanguageReport, output: str | Path | None) -> LanguageReport:
    if output is not None:
        write_json(output, report.as_dict())
    return report


def _measured(
    kind: str,
    items: Sequence[LanguageItem],
    predictions: Sequence[Prediction],
    shelves: tuple[SceneShelf | None, SceneShelf | None],
) -> Scores:
    if items[0].object_ids is None:
        return _answer_scores(items, predictions)
    found_shelf, true_shelf = shelves
    assert true_shelf is not None
    order = sorted(range(len(items)), key=lambda i: items[i].scene_id)
    boxes = [
        (
            _boxes((found_shelf or true_shelf).scene(items[i].scene_id), named_ids(predictions[i])),
            _boxes(true_shelf.scene(items[i].scene_id), items[i].object_ids or ()),
            items[i].group,
        )
        for i in order
    ]
    if kind in SENTENCES:
        return _single_scores(boxes, by_group=kind != "scanrefer")
    sets = measure_sets([GroundedSet(found, true, group) for found, true, group in boxes])
    return {
        name: {f"F1@{limit:g}": 100 * mean.at[limit] for limit in GROUNDING_THRESHOLDS}
        for name, mean in {"all": sets.all, **sets.kinds}.items()
    }


def _single_scores(
    boxes: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], str]], *, by_group: bool
) -> Scores:
    """Scores of sentences about one object; by groups, or of unique and multiple objects apart."""
    known = [(found, true, group) for found, true, group in boxes if len(true)]
    items = [
        GroundedBox(
            found[0] if len(found) else None, true[0], None if by_group else group == "unique"
        )
        for found, true, group in known
    ]
    scores = measure_grounding(items)
    groups = {"all": scores.all, "unique": scores.unique, "multiple": scores.multiple}
    if by_group:
        names = [group for _, _, group in known]
        groups = {"all": scores.all} | {
            name: measure_grounding(
                [one for one, own in zip(items, names, strict=True) if own == name]
            ).all
            for name in sorted({*names} - {""})
        }
    return {
        name: {f"Acc@{limit:g}": 100 * mean.at[limit] for limit in GROUNDING_THRESHOLDS}
        for name, mean in groups.items()
        if mean.num_items
    }


def _answer_scores(items: Sequence[LanguageItem], predictions: Sequence[Prediction]) -> Scores:
    texts = [one if isinstance(one, str) else "" for one in predictions]
    scores = measure_answers(
        texts, [one.answers or () for one in items], types=[one.group for one in items]
    )
    return {
        name: {"EM": 100 * share.exact, "EM-R": 100 * share.refined}
        for name, share in {"all": scores.all, **scores.types}.items()
    }


def _boxes(scene: Scene, ids: Sequence[int]) -> NDArray[np.float64]:
    """(N, 6) centers and sizes of axis-aligned boxes of the objects that exist."""
    table = scene.instances
    rows = [int(np.flatnonzero(table.id == i)[0]) for i in ids if i in table.id]
    low, high = upright_bounds(
        table.center[rows], table.size[rows], table.rotation[rows], level_from_world=np.eye(3)
    )
    return np.concatenate([(low + high) / 2, high - low], axis=1)
