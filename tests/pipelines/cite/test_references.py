"""The works that methods follow, as text and as BibTeX."""

from __future__ import annotations

import re

import pytest

from scenewright.pipelines.cite.references import (
    INSTASCENE,
    ONLINEANYSEG,
    SCENEWRIGHT,
    SURFELS,
    Reference,
)

WORKS = [SCENEWRIGHT, ONLINEANYSEG, SURFELS, INSTASCENE]


def test_one_line_of_text() -> None:
    work = Reference("key", "A Title", 2025, "Doe, Jo and Roe, Al", "CVPR", "rules")
    assert work.as_text() == "Doe, Jo and Roe, Al: A Title. CVPR, 2025. [rules]"


def test_an_entry_of_bibtex() -> None:
    work = Reference("key", "A Title", 2025, "Doe, Jo", "CVPR", "rules")
    assert work.as_bibtex() == (
        "@inproceedings{key,\n  title = {A Title},\n  author = {Doe, Jo},\n  booktitle = {CVPR},\n"
        "  year = {2025},\n  note = {rules}\n}"
    )
    assert SCENEWRIGHT.as_bibtex().startswith("@software{scenewright,")
    assert f"version = {{{SCENEWRIGHT.venue}}}" in SCENEWRIGHT.as_bibtex()


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.key)
def test_entries_are_complete(work: Reference) -> None:
    assert all((work.key, work.title, work.authors, work.venue, work.role))
    assert re.fullmatch(r"[a-z0-9]+", work.key) and 2000 < work.year < 2100
    assert work.as_bibtex().count("{") == work.as_bibtex().count("}")
    for author in work.authors.split(" and "):
        assert author == "The Scenewright developers" or re.fullmatch(
            r"\w[\w-]*, \w[\w -]*", author
        )


def test_keys_differ() -> None:
    assert len({work.key for work in WORKS}) == len(WORKS)
