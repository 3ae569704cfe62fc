"""Scores of captions of objects, @IoU, beside runs that see no scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Progress, Scene, no_progress
from scenewright.geometry.box_relations import upright_bounds
from scenewright.metrics.language.captions import (
    CaptionScores,
    LocatedCaption,
    measure_located_captions,
)
from scenewright.models import SceneLanguage
from scenewright.pipelines.evaluate_language.answering import Prediction, SceneShelf
from scenewright.pipelines.evaluate_language.items import LanguageItem

Located = list[LocatedCaption]


def caption_runs(
    items: Sequence[LanguageItem],
    shelves: tuple[SceneShelf, SceneShelf],
    *,
    model: tuple[str, SceneLanguage],
    known: Mapping[tuple[str, str], Prediction] | None,
    progress: Progress = no_progress,
) -> dict[str, dict[str, dict[str, float]]]:
    """Scores of all runs: captions of a file, of a model, and of two runs that see nothing.

    An annotated object is described by the object whose box overlaps it most, as in Scan2Cap.

    Args:
        items: Annotated objects with sentences.
        shelves: Scenes with the objects that were found, and with the true ones.
        model: Name of the model of language, and the model.
        known: Captions of another program, or None.
        progress: Progress callback (stage, done, total, unit).
    """
    order = sorted(range(len(items)), key=lambda i: items[i].scene_id)
    located: dict[str, Located] = {"predictions": []} if known is not None else {}
    located[model[0]] = []
    located["empty"], located["majority"] = [], []
    common = _majority(items)
    opened, reader = "", None
    for count, i in enumerate(order, start=1):
        item = items[i]
        found, true = (shelf.scene(item.scene_id) for shelf in shelves)
        best, iou = _best(found, true, (item.object_ids or (0,))[0])
        references = item.answers or ()
        if reader is None or opened != item.scene_id:
            reader, opened = model[1].read(found), item.scene_id
        texts: dict[str, str | None] = {
            model[0]: None if best is None else reader.caption(best).text,
            "empty": None,
            "majority": common[item.scene_id],
        }
        if known is not None:
            said = known.get((item.scene_id, item.key))
            texts["predictions"] = said if isinstance(said, str) else None
        for name, text in texts.items():
            located[name].append(LocatedCaption(text, iou, references))
        progress("captions", count, len(items), "objects")
    return {name: _scores(run) for name, run in located.items()}


def _scores(items: Located) -> dict[str, dict[str, float]]:
    """Percent by threshold; the references are put between marks, as in papers."""
    return {
        f"@{limit:g}": _as_percent(found)
        for limit, found in measure_located_captions(items).items()
    }


def _as_percent(found: CaptionScores) -> dict[str, float]:
    return {
        "CIDEr-D": 100 * found.cider_d,
        "BLEU-4": 100 * found.bleu[3],
        "METEOR-lite": 100 * found.meteor_lite,
        "ROUGE-L": 100 * found.rouge_l,
    }


def _majority(items: Sequence[LanguageItem]) -> dict[str, str]:
    """For each scene, the sentence that is most frequent in the others, or else the first one."""
    total = Counter(text for one in items for text in one.answers or ())
    found = {}
    for scene_id in {one.scene_id for one in items}:
        own = Counter(t for one in items if one.scene_id == scene_id for t in one.answers or ())
        others = total - own
        found[scene_id] = others.most_common(1)[0][0] if others else ""
    return found


def _best(found: Scene, true: Scene, object_id: int) -> tuple[int | None, float]:
    """The object whose box overlaps a true one most, and their IoU; None if none does."""
    rows = np.flatnonzero(true.instances.id == object_id)
    if not len(rows) or not len(found.instances):
        return None, 0.0
    low, high = _bounds(true)
    own_low, own_high = _bounds(found)
    a, b = low[rows[0]], high[rows[0]]
    common = np.prod(np.maximum(np.minimum(b, own_high) - np.maximum(a, own_low), 0), axis=1)
    whole = np.prod(b - a) + np.prod(own_high - own_low, axis=1) - common
    shares = common / np.maximum(whole, 1e-12)
    best = int(shares.argmax())
    if shares[best] <= 0:
        return None, 0.0
    return int(found.instances.id[best]), float(min(shares[best], 1.0))


def _bounds(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = scene.instances
    return upright_bounds(table.center, table.size, table.rotation, level_from_world=np.eye(3))
