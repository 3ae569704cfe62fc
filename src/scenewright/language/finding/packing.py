"""The facts about a scene and the vectors of its objects as bytes, without points."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from scenewright.core import FormatError, Scene
from scenewright.geometry.box_relations import box_gaps, footprint_overlaps
from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.finding.descriptors import describe_rows
from scenewright.language.lexicon import class_name
from scenewright.language.relations import all_supports

_COLUMNS = ("id", "is_object", "low", "high", "sizes", "colors", "ratios", "center", "supports")
_VECTORS = "vectors"
_PICTURES = "pictures:"
_ENCODERS = "embed/"


@dataclass(frozen=True, eq=False)
class SceneEntry:
    """What is kept of one scene.

    Attributes:
        path: Where the scene is.
        facts: The facts, with `SceneFacts.supports` and without samples.
        vectors: (N, DIM) float32, see `descriptors`.
        pictures: By encoder, (N, D) float32 vectors of the pictures of each object; zeros where it
            has none.
    """

    path: str
    facts: SceneFacts
    vectors: NDArray[np.float32]
    pictures: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def scene_entry(path: str, scene: Scene) -> SceneEntry:
    """What is kept of a scene."""
    facts = read_facts(scene)
    facts = replace(
        facts, supports=all_supports(facts), samples=(np.zeros((0, 3)),) * len(facts)
    )  # fmt: skip
    pictures = {
        column.model: column.vectors
        for column in scene.instances.features.values()
        if column.model is not None and column.model.startswith(_ENCODERS)
    }
    return SceneEntry(path, facts, describe_rows(facts), pictures)


def pack_entry(entry: SceneEntry) -> tuple[bytes, str]:
    """The arrays of an entry, in the format of safetensors, and its words as JSON."""
    facts = entry.facts
    arrays = {name: np.ascontiguousarray(getattr(facts, name)) for name in _COLUMNS}
    arrays["supports"] = arrays["supports"].astype(np.float32)
    arrays[_VECTORS] = entry.vectors.astype(np.float16)
    for model, vectors in entry.pictures.items():
        arrays[_PICTURES + model] = vectors.astype(np.float16)
    words = {
        "labels": facts.labels, "candidates": facts.candidates, "notes": facts.notes,
        "meter": facts.meter, "is_metric": facts.is_metric,
    }  # fmt: skip
    return save(arrays), json.dumps(words, ensure_ascii=False)


def unpack_entry(path: str, arrays: bytes, words: str) -> SceneEntry:
    """The entry that `pack_entry` packed.

    Raises:
        FormatError: The bytes are damaged.
    """
    try:
        found, told = load(arrays), json.loads(words)
        return _unpacked(path, found, told)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"The entry of {path} in the index", expected="facts about a scene",
            got=str(error)[:80], do="Delete the index; it is made anew from the scenes.",
        ) from error  # fmt: skip


def _unpacked(path: str, found: dict[str, NDArray[Any]], told: dict[str, Any]) -> SceneEntry:
    labels = tuple(map(str, told["labels"]))
    low, high = found["low"], found["high"]
    facts = SceneFacts(
        id=found["id"],
        labels=labels,
        names=tuple(map(class_name, labels)),
        candidates=tuple(told["candidates"]),
        is_object=found["is_object"],
        low=low,
        high=high,
        sizes=found["sizes"],
        colors=found["colors"],
        ratios=found["ratios"],
        samples=(np.zeros((0, 3)),) * len(labels),
        center=found["center"],
        gaps=box_gaps(low, high),
        overlaps=footprint_overlaps(low, high),
        notes=tuple(told["notes"]),
        meter=float(told["meter"]),
        is_metric=bool(told["is_metric"]),
        supports=found["supports"].astype(np.float64),
    )
    pictures = {
        name.removeprefix(_PICTURES): vectors.astype(np.float32)
        for name, vectors in found.items()
        if name.startswith(_PICTURES)
    }
    return SceneEntry(path, facts, found[_VECTORS].astype(np.float32), pictures)
