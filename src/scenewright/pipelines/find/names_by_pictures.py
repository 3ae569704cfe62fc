"""How likely objects have the names of a phrase, by the vectors of their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.language.finding.packing import SceneEntry
from scenewright.language.finding.search import needed_phrases
from scenewright.language.finding.store import SceneStore
from scenewright.language.household_words import household_words
from scenewright.language.lexicon import class_name, name_match
from scenewright.language.naming import name_chances, word_vectors
from scenewright.language.programs import Query
from scenewright.models import ImageEncoder


def picture_names(
    query: Query,
    entries: Sequence[SceneEntry],
    *,
    model: str,
    encoder: ImageEncoder,
    store: SceneStore | None,
) -> dict[str, NDArray[np.float64]]:
    """How likely each object has each name that a query uses.

    A name competes with those names of things in homes and offices that are no kind of it.

    Args:
        query: The program of a phrase.
        entries: The scenes.
        model: Name of the encoder, whose vectors the scenes hold.
        encoder: The encoder.
        store: Where the vectors of words are kept, or None.

    Returns:
        By name, (N,) in the order of the scenes; 0 for objects without pictures.

    Raises:
        ConventionError: No scene has vectors of this encoder, or they have another length.
    """
    vectors = _vectors(entries, model, encoder.dim)
    others = household_words()
    names = list(dict.fromkeys(_names(query)))
    known = _word_vectors(model, encoder, (*names, *others), store)
    found = {}
    for name in names:
        rivals = [word for word in others if name_match(name, class_name(word)) < 1]
        table = np.stack([known[word] for word in (name, *rivals)])
        found[name] = name_chances(vectors, table)[:, 0]
    return found


def _names(query: Query) -> Iterator[str]:
    for subject in query.subjects:
        for phrase in (subject, *needed_phrases(subject)):
            if phrase.name is not None:
                yield phrase.name


def _vectors(entries: Sequence[SceneEntry], model: str, dim: int) -> NDArray[np.float32]:
    if not any(model in one.pictures for one in entries):
        raise ConventionError(
            f"Pictures of objects for {model}", expected="scenes that hold vectors of it",
            got="none", do=f"Make them with 'scenewright name SCENE OUT --model {model}'.",
        )  # fmt: skip
    parts = []
    for one in entries:
        rows = one.pictures.get(model)
        if rows is not None and rows.shape[1] != dim:
            raise ConventionError(
                f"The vectors of {model} in {one.path}", expected=f"length {dim}, as its weights",
                got=f"length {rows.shape[1]}", do="Name the scene again with the same weights.",
            )  # fmt: skip
        parts.append(np.zeros((len(one.facts), dim), np.float32) if rows is None else rows)
    return np.concatenate(parts)


def _word_vectors(
    model: str, encoder: ImageEncoder, words: Sequence[str], store: SceneStore | None
) -> dict[str, NDArray[np.float32]]:
    """Vectors of words, kept in the index, since they take long."""
    known = {} if store is None else store.word_vectors(model, words)
    known = {word: vector for word, vector in known.items() if len(vector) == encoder.dim}
    missing = [word for word in dict.fromkeys(words) if word not in known]
    if missing:
        vectors = word_vectors(encoder, missing)
        known |= dict(zip(missing, vectors, strict=True))
        if store is not None:
            store.put_word_vectors(model, missing, vectors)
    return known
