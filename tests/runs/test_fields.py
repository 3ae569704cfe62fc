"""Fields of settings as data: types, help texts, options, inheritance."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest

from scenewright.runs.fields import field_docs, fields_of, summary_of
from scenewright.runs.options import Number, Option, Settings

if TYPE_CHECKING:
    from scenewright.somewhere_expensive import ExpensiveConfig  # type: ignore[import-not-found]


@dataclass(frozen=True, kw_only=True)
class Basic(Settings):
    """What every run has.

    A second paragraph.
    """

    capture: Annotated[Path, Option(metavar="CAPTURE", positional=True)]
    """Folder of the
    capture."""
    stride: Number = 1
    """Use every n-th frame."""
    undocumented: bool = False


@dataclass(frozen=True, kw_only=True)
class Special(Basic):
    """What one run has."""

    stride: Number = 5
    """Use every n-th frame, five by default."""
    sizes: tuple[int, ...] = field(default_factory=lambda: (3, 4))
    """Two sizes."""
    kind: Annotated[Literal["a", "b"], Option(name="form", short="-k")] = "a"
    """Kind of it."""
    preset: Annotated[str | ExpensiveConfig, Option(presets=("a:B",))] = "default"
    """A preset by name."""


def test_fields_come_in_order_with_types_defaults_and_help() -> None:
    found = {one.name: one for one in fields_of(Special)}
    assert list(found) == ["capture", "stride", "undocumented", "sizes", "kind", "preset"]
    assert (found["capture"].type, found["stride"].type) == (Path, int)
    assert found["kind"].type == Literal["a", "b"]
    assert found["capture"].default is MISSING and found["capture"].is_required
    assert found["sizes"].default == (3, 4) and not found["sizes"].is_required
    assert found["capture"].help == "Folder of the capture."
    assert found["undocumented"].help == ""


def test_a_subclass_replaces_default_and_help() -> None:
    (basic,) = (one for one in fields_of(Basic) if one.name == "stride")
    (special,) = (one for one in fields_of(Special) if one.name == "stride")
    assert (basic.default, basic.help) == (1, "Use every n-th frame.")
    assert (special.default, special.help) == (5, "Use every n-th frame, five by default.")
    assert field_docs(Special)["capture"] == "Folder of the capture."


def test_options_say_how_a_field_is_written() -> None:
    found = {one.name: one for one in fields_of(Special)}
    assert found["capture"].option == Option(metavar="CAPTURE", positional=True)
    assert found["undocumented"].option == Option()
    assert found["undocumented"].option_name == "undocumented"
    assert found["kind"].option_name == "form" and found["kind"].option.short == "-k"
    assert found["preset"].option.presets == ("a:B",)


def test_names_that_only_a_type_checker_imports_stand_for_anything() -> None:
    (preset,) = (one for one in fields_of(Special) if one.name == "preset")
    assert preset.type == str | Any or preset.type is Any


def test_summary_is_the_docstring_without_indentation() -> None:
    assert summary_of(Basic) == "What every run has.\n\nA second paragraph."


def test_other_classes_have_no_fields() -> None:
    with pytest.raises(TypeError, match="dataclass"):
        fields_of(int)
