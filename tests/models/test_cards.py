"""Cards: complete, consistent with the registry, the extras and the weights."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scenewright.models import (
    ImageEncoder,
    MaskProposer,
    ObjectNamer,
    PointEncoder,
    PromptSegmenter,
    SceneGenerator,
    SceneLanguage,
    ShapeCompleter,
    available,
    card,
    registry,
)
from scenewright.models.cards import CARDS, EXTRAS
from scenewright.models.weights import parse_weights


def test_every_backend_has_a_card_with_its_name() -> None:
    assert set(registry.BACKENDS) == set(CARDS)
    for name in registry.BACKENDS:
        assert card(name).name == name
        assert card(name).extra is None or card(name).extra in EXTRAS


def test_extras_bring_what_their_backends_import() -> None:
    """The table of packages per extra against pyproject.toml."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    for extra, packages in EXTRAS.items():
        assert [line.split(">")[0] for line in extras[extra]] == list(packages)


def test_every_default_reference_can_be_read() -> None:
    for facts in CARDS.values():
        if facts.weights is not None:
            assert str(parse_weights(facts.weights)) == facts.weights
            assert facts.weights_license


SLOTS = {slot.__name__ for slot in (
    ImageEncoder, MaskProposer, ObjectNamer, PointEncoder, PromptSegmenter, SceneGenerator,
    SceneLanguage, ShapeCompleter,
)}  # fmt: skip


@pytest.mark.parametrize("name", available())
def test_card(name: str) -> None:
    facts = card(name)
    assert {facts.slot, *facts.other_slots} <= SLOTS
    assert all((facts.description, facts.source, facts.code_license, facts.input))
    assert all((facts.speed, facts.memory))
    assert (facts.weights is None) == (facts.weights_license is None)


def test_packages_name_the_file_that_lists_their_networks() -> None:
    packages = {name: facts for name, facts in CARDS.items() if facts.package is not None}
    assert set(packages) == set(available("sceneflow/*"))
    for facts in packages.values():
        for reference in facts.further_weights:
            assert str(parse_weights(reference)) == reference
