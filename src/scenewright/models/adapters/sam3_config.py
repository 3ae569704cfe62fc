"""Configuration of the backend ``masks/sam3``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenewright.core import ConventionError


@dataclass(frozen=True)
class ConceptMaskConfig:
    """What is looked for, and which masks are kept."""

    concepts: Sequence[str] = ()
    """Words or short phrases, such as ``["chair", "coffee table"]``; they become the labels."""
    min_score: float = 0.5
    """Masks with a lower score are dropped. 0.5 is the threshold of the published detector."""
    suppress_iou: float = 0.7
    """Of two masks with a higher IoU than this, only the better one is kept, whatever their
    concepts."""
    min_area: int = 100
    """Masks with fewer pixels are dropped."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "concepts", _checked_concepts(self.concepts))
        for name in ("min_score", "suppress_iou"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConventionError(name, expected="0 to 1", got=f"{value:g}")
        if self.min_area < 1:
            raise ConventionError("min_area", expected="1 or more", got=str(self.min_area))


def _checked_concepts(concepts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(concepts, str):
        raise ConventionError("concepts", expected="a list of words", got=repr(concepts))
    if not len(concepts):
        raise ConventionError(
            "concepts",
            expected="at least one word",
            got="none",
            do='Say what to look for: concepts=["chair", "table"] (--concepts "chair, table").',
        )
    for concept in concepts:
        if not isinstance(concept, str) or not concept.strip():
            raise ConventionError("concepts", expected="words", got=f"{concept!r:.60}")
    words = tuple(" ".join(concept.split()) for concept in concepts)
    repeated = [word for i, word in enumerate(words) if word in words[:i]]
    if repeated:
        raise ConventionError("concepts", expected="each word once", got=f"{repeated[0]!r} twice")
    return words
