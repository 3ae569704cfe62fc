"""Backends that find masks, encode images, name objects, generate and complete shapes, by name.

`slots` has their protocols, `registry` the names, `cards` the facts and `weights` the weight files.
Backends are in `classical` (no weights), `tiny` (weights in the wheel), `adapters` (published
networks through transformers), `generators` (published generators of 3D scenes, with our
`networks`) and `completers` (of partly seen objects), and are imported only when created.
"""

from scenewright.models.answers import Answer, Caption, Grounding, SceneReader
from scenewright.models.model_card import ModelCard
from scenewright.models.registry import available, card, create
from scenewright.models.slots import (
    ImageEncoder,
    MaskProposer,
    ObjectNamer,
    PointEncoder,
    PromptSegmenter,
    SceneGenerator,
    SceneLanguage,
    ShapeCompleter,
)

__all__ = [
    "Answer",
    "Caption",
    "Grounding",
    "ImageEncoder",
    "MaskProposer",
    "ModelCard",
    "ObjectNamer",
    "PointEncoder",
    "PromptSegmenter",
    "SceneGenerator",
    "SceneLanguage",
    "SceneReader",
    "ShapeCompleter",
    "available",
    "card",
    "create",
]
