"""Scores of grounding: which object a sentence means, and which objects, if any.

Chen et al., "ScanRefer", ECCV 2020: Acc@0.25 and Acc@0.5 of one box per sentence, also for
sentences about a class that occurs once in the scene (unique) or more often (multiple).
Zhang et al., "Multi3DRefer", ICCV 2023: F1@0.25 and F1@0.5 of any number of boxes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from scenewright.core import ShapeError
from scenewright.metrics.language.boxes import (
    IOU_M3DREF,
    IOU_SCANREFER,
    IoURule,
    box_ious,
    check_boxes,
)

GROUNDING_THRESHOLDS = (0.25, 0.5)
SCANREFER_CLASSES = (
    "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture", "counter",
    "desk", "curtain", "refrigerator", "shower curtain", "toilet", "sink", "bathtub", "others",
)  # fmt: skip
"""Classes by which ScanRefer tells unique from multiple objects. No object is a refrigerator: the
table of ScanNet spells it ``refridgerator``, so that refrigerators are ``others``."""
NYU40_CLASSES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24, 28, 33, 34, 36, 39)
"""Ids of NYU40 by which M3DRef-CLIP tells unique from multiple; all others count as 39."""
_IDENTIFIER = re.compile(r"<OBJ(\d{3})>")


@dataclass(frozen=True, eq=False)
class GroundedBox:
    """A sentence about one object.

    Attributes:
        predicted: (6,) center and full size of the box that was chosen, meters; None if there is no
            prediction, which counts as wrong.
        truth: (6,) the true box.
        unique: Whether the class of the object occurs once in the scene; None = unknown.
    """

    predicted: ArrayLike | None
    truth: ArrayLike
    unique: bool | None = None


@dataclass(frozen=True)
class MeanScore:
    """Means over sentences: of how many boxes are right, or of F1.

    Attributes:
        at: By threshold of the IoU; NaN without sentences.
        num_items: Number of sentences.
    """

    at: dict[float, float]
    num_items: int


@dataclass(frozen=True, eq=False)
class GroundingScores:
    """Accuracies of one box per sentence.

    Attributes:
        all: All sentences.
        unique: Sentences about an object whose class occurs once.
        multiple: Sentences about an object whose class occurs more often.
        ious: (N,) IoU per sentence, 0 without a prediction.
    """

    all: MeanScore
    unique: MeanScore
    multiple: MeanScore
    ious: NDArray[np.float64]


def measure_grounding(
    items: Sequence[GroundedBox], *, rule: IoURule = IOU_SCANREFER
) -> GroundingScores:
    """Acc@0.25 and Acc@0.5.

    Raises:
        ShapeError: There is no sentence, or a box has another shape.
        ConventionError: A box is not finite, or has a negative size.
    """
    if not items:
        raise ShapeError("grounded sentences", expected="at least one", got="none")
    ious = np.zeros(len(items))
    for position, item in enumerate(items):
        if item.predicted is not None:
            pair = (np.reshape(box, (1, -1)) for box in (item.predicted, item.truth))
            ious[position] = box_ious(*pair, rule=rule)[0, 0]
    unique = np.array([item.unique is True for item in items])
    multiple = np.array([item.unique is False for item in items])
    right = (ious[:, None] >= np.array(GROUNDING_THRESHOLDS)).astype(np.float64)
    return GroundingScores(_mean(right), _mean(right[unique]), _mean(right[multiple]), ious)


@dataclass(frozen=True, eq=False)
class GroundedSet:
    """A sentence about any number of objects.

    Attributes:
        predicted: (P, 6) centers and full sizes of the boxes that were chosen, meters. A box that
            occurs twice counts twice, and lowers the score.
        truth: (G, 6) the true boxes; none if nothing in the scene is meant.
        kind: Type of the sentence, such as ``"zt_w_d"``; "" = none.
    """

    predicted: ArrayLike
    truth: ArrayLike
    kind: str = ""


@dataclass(frozen=True, eq=False)
class SetScores:
    """F1 of sets of boxes.

    Attributes:
        all: All sentences.
        kinds: By type of sentence, sorted.
        f1: (N, 2) F1 at 0.25 and 0.5 per sentence.
    """

    all: MeanScore
    kinds: dict[str, MeanScore] = field(default_factory=dict)
    f1: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))


def measure_sets(items: Sequence[GroundedSet], *, rule: IoURule = IOU_M3DREF) -> SetScores:
    """F1@0.25 and F1@0.5.

    Boxes are paired once per sentence, so that the sum of their IoU is largest; the same pairs
    count at both thresholds. Without true boxes, F1 is 1 if nothing is predicted, else 0.

    Raises:
        ShapeError: There is no sentence, or a list of boxes has another shape.
        ConventionError: A box is not finite, or has a negative size.
    """
    if not items:
        raise ShapeError("grounded sentences", expected="at least one", got="none")
    f1 = np.array([_set_f1(item, rule) for item in items])
    kinds = np.array([item.kind for item in items])
    named = sorted({item.kind for item in items if item.kind})
    return SetScores(_mean(f1), {kind: _mean(f1[kinds == kind]) for kind in named}, f1)


def read_identifiers(text: str, *, num_objects: int, repeated: bool = False) -> list[int]:
    """The objects that an answer names as ``<OBJ007>``, those that exist, in order.

    Args:
        text: The answer.
        num_objects: Number of objects in the scene; larger identifiers are left out.
        repeated: Keep identifiers that occur again, as the published programs do.
    """
    found = [int(digits) for digits in _IDENTIFIER.findall(text)]
    kept = [number for number in found if number < num_objects]
    return kept if repeated else list(dict.fromkeys(kept))


def scanrefer_class(name: str, nyu40_names: Mapping[str, str]) -> str:
    """The class of an object by its name, one of `SCANREFER_CLASSES`.

    Args:
        name: Name of the object as annotated; ``_`` stands for a space.
        nyu40_names: NYU40 class by raw name.
    """
    found = nyu40_names.get(name.replace("_", " "), "others")
    return found if found in SCANREFER_CLASSES else "others"


def nyu40_class(name: str, nyu40_ids: Mapping[str, int]) -> int:
    """The id of the class of an object by its name, one of `NYU40_CLASSES`.

    Args:
        name: Name of the object as annotated; ``_`` stands for a space.
        nyu40_ids: NYU40 id by raw name.
    """
    found = nyu40_ids.get(name.replace("_", " "), NYU40_CLASSES[-1])
    return found if found in NYU40_CLASSES else NYU40_CLASSES[-1]


def unique_objects(
    objects: Iterable[tuple[str, str, str | int]],
) -> dict[tuple[str, str], bool]:
    """Whether the class of each annotated object occurs once in its scene.

    Only annotated objects count, as in ScanRefer; all annotations of a scene must be given.

    Args:
        objects: Scene, object and class of each annotation; objects may occur more than once.

    Returns:
        By scene and object.
    """
    classes = {(scene, number): name for scene, number, name in objects}
    counts = Counter((scene, name) for (scene, _), name in classes.items())
    return {key: counts[key[0], name] == 1 for key, name in classes.items()}


def _mean(scores: NDArray[np.float64]) -> MeanScore:
    """The means of (N, 2) scores at both thresholds."""
    means = scores.mean(axis=0).tolist() if len(scores) else [float("nan")] * scores.shape[1]
    return MeanScore(dict(zip(GROUNDING_THRESHOLDS, means, strict=True)), len(scores))


def _set_f1(item: GroundedSet, rule: IoURule) -> list[float]:
    predicted = check_boxes("predicted boxes", item.predicted)
    truth = check_boxes("true boxes", item.truth)
    if not len(truth) or not len(predicted):
        same = len(truth) == len(predicted)
        return [float(same)] * len(GROUNDING_THRESHOLDS)
    ious = np.zeros((max(len(predicted), len(truth)),) * 2)  # square, as published: ties
    ious[: len(predicted), : len(truth)] = box_ious(predicted, truth, rule=rule)
    rows, columns = linear_sum_assignment(ious, maximize=True)
    paired = ious[rows, columns]
    size = len(predicted) + len(truth)
    return [2 * float(np.count_nonzero(paired >= limit)) / size for limit in GROUNDING_THRESHOLDS]
