"""Questions about scenes: parser, soft programs and captions (``lm/symbolic``), object colors.

Questions are read by `lexicon`, `phrase_parser` and `question_parser` as programs (`programs`),
which `execution` runs on the facts about a scene (`facts`, `relations`). `replies` and `captions`
word the result. Objects are cited by their ids.
"""

from scenewright.language.features import describe_objects, object_colors, with_color_words
from scenewright.language.symbolic import SymbolicLanguage, SymbolicReader

__all__ = [
    "SymbolicLanguage",
    "SymbolicReader",
    "describe_objects",
    "object_colors",
    "with_color_words",
]
