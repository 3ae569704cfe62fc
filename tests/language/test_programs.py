"""Programs as text."""

from __future__ import annotations

from scenewright.language.programs import (
    Carries,
    Compared,
    Extreme,
    HasColor,
    OnSide,
    Phrase,
    Query,
    Related,
    program_text,
)

MUG = Phrase(name="mug")


def test_programs_are_written_out() -> None:
    table = Phrase(name="table", conditions=(Carries("on", MUG), Extreme("volume", True, 2)))
    query = Query("count", (Phrase(name="chair", conditions=(Related("near", table),)),))
    assert program_text(query) == (
        "count(filter(chair, related(near, filter(table, carries(on, filter(mug)), "
        "argmax(volume, 2)))))"
    )


def test_predicates_features_and_negation() -> None:
    verify = Query("verify", (Phrase(ids=(7,)),), HasColor("red", negated=True))
    assert program_text(verify) == "verify(object(7), not(red))"
    measure = Query("measure", (Phrase(pronoun="it"),), feature="height")
    assert program_text(measure) == "measure(filter(it), height)"
    between = Related("between", MUG, Phrase(name="bed"))
    smaller = Compared("volume", False, MUG)
    conditions = (between, smaller, OnSide("left"), Related("nearest", MUG, rank=3))
    assert program_text(Query("find", (Phrase(conditions=conditions),))) == (
        "find(filter(any, related(between, filter(mug), filter(bed)), smaller(volume, "
        "filter(mug)), left, related(nearest, filter(mug), 3)))"
    )
