"""Names, options and cards of the backends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest

from scenewright.core import ConventionError, Frame, MaskSet, MissingExtraError, UnknownNameError
from scenewright.models import MaskProposer, ModelCard, available, card, create, registry


class NoMasks:
    """A backend of "another package"."""

    card: ClassVar[ModelCard] = ModelCard(
        name="masks/none",
        slot="MaskProposer",
        description="Finds nothing.",
        source="this test",
        code_license="Apache-2.0",
        input="nothing",
        speed="none",
    )

    def propose(self, frame: Frame) -> MaskSet | None:
        return MaskSet.empty(*frame.camera.size)


class NoCard:
    """A backend without a card."""


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """Entry points that the registry sees in place of the installed ones."""
    points: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    registry._plugins.cache_clear()
    yield points
    registry._plugins.cache_clear()


def point(name: str, attribute: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{attribute}", registry.ENTRY_POINT_GROUP)


def test_available_takes_wildcards() -> None:
    names = {name for name in registry.BACKENDS if name.startswith("masks/")}
    assert names == set(available("masks/*"))
    assert available("embed/*") == ["embed/clip", "embed/siglip2"]
    assert available("shapes/*") == []


def test_listing_and_cards_import_no_backend() -> None:
    code = (
        "import sys; from scenewright.models import available, card; "
        "[card(name) for name in available()]; "
        "bad = [m for m in sys.modules if m.startswith('scenewright.models.classical.') "
        "or m.startswith('scenewright.models.adapters') "
        "or m in ('torch', 'transformers', 'numba', 'scipy', 'PIL')]; assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_name_names_the_closest() -> None:
    for call in (create, card):
        with pytest.raises(UnknownNameError) as caught:
            call("masks/depth-egdes")
        text = str(caught.value)
        assert text.startswith("Backend 'masks/depth-egdes': expected one of complete/hull, ")
        assert text.endswith("Did you mean 'masks/depth-edges'?")


def test_unknown_option_names_the_closest() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'suffix'\?"):
        create("masks/folder", folder=".", sufix=".segm")


def test_missing_option() -> None:
    with pytest.raises(ConventionError) as caught:
        create("masks/folder")
    assert (
        str(caught.value)
        == "Backend 'masks/folder': expected a value for option 'folder', got none"
    )


def test_names_of_options() -> None:
    assert registry.option_names("masks/folder")[0] == "folder"
    with pytest.raises(UnknownNameError):
        registry.option_names("masks/no-such")


def test_plugin(plugins: list[EntryPoint]) -> None:
    plugins.append(point("masks/none", "NoMasks"))
    assert "masks/none" in available("masks/*")
    assert isinstance(create("masks/none"), MaskProposer)
    assert card("masks/none").source == "this test"


def test_plugin_without_card(plugins: list[EntryPoint]) -> None:
    plugins.append(point("masks/cardless", "NoCard"))
    with pytest.raises(ConventionError, match="expected a class attribute 'card'"):
        card("masks/cardless")


def test_plugin_may_not_take_a_known_name(plugins: list[EntryPoint]) -> None:
    plugins.append(point("masks/folder", "NoMasks"))
    with pytest.raises(ConventionError, match="expected one package that provides it"):
        available()


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        MissingExtraError, match=r'^The package .torch. .*pip install "\.\[models\]"$'
    ):
        create("masks/sam")
