"""The vocabulary that training wordings need."""

from __future__ import annotations

from scenewright.language.lexicon import Lexicon
from scenewright.language.question_units import read_units
from scenewright.language.vocabulary import Vocabulary
from scenewright.training.tasks.language.paraphrases import training_texts
from scenewright.worlds.language.wordings import NEAREST_WORDS, SIDE_WORDS, WORDINGS

_SAID = {"target": "chair", "targets": "chairs", "anchor": "desk", "second": "sofa",
         "color": "red"}  # fmt: skip
_MOST = ("largest", "smallest", "tallest")


def training_vocabulary() -> Vocabulary:
    """All words of the wordings that are not held out, and of paraphrases, by the alphabet."""
    lexicon, texts = Lexicon(), []
    for wordings in WORDINGS.values():
        for side in SIDE_WORDS.values():
            for nearest in NEAREST_WORDS.values():
                for most in _MOST:
                    said = {**_SAID, "side": side[0], "nearest": nearest[0], "most": most}
                    texts += [text.format(**said) for text in wordings[:-1]]
    texts += [opening + text for opening in ("", "the ") for text in training_texts()]
    words = {
        unit.text
        for text in dict.fromkeys(texts)
        for unit in read_units(text, lexicon)
        if unit.kind == "word"
    }
    return Vocabulary(sorted(words))
