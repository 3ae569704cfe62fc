"""The form of the page: the fields of the settings of ``generate``, and settings from its values.

A field that is added to `GenerateSettings` appears in the form without a line here.
"""

from __future__ import annotations

import contextlib
import itertools
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.models import available
from scenewright.pipelines.generate.settings import REGION_GROWING, GenerateSettings
from scenewright.runs.fields import Field, fields_of
from scenewright.runs.settings_files import read_settings, settings_from_dict, settings_to_dict

MODEL, SAMPLING, MESHES, MARKING, OTHERS = "Model", "Sampling", "Meshes", "Masks", "More"
_NOT_SHOWN = {"masks", "boxes"}
"""The page makes them."""
_SECTIONS = {
    MODEL: (
        "model", "weights", "encoder_weights", "geometry_weights", "base_weights", "allow_pickles",
    ),
    SAMPLING: ("seed", "steps", "guidance", "candidates", "order", "max_objects"),
    MESHES: ("keep_faces", "coloring", "texture_size"),
    MARKING: ("segmenter", "segmenter_weights"),
}  # fmt: skip
_OF_THE_HOST = {"model", "segmenter", "allow_pickles", "device", "dtype", "threads", "low_memory"}
"""What only the host may choose if others can reach the page, besides weights."""
_WORDS = {
    "order": ("largest", "smallest", "given"),
    "coloring": ("texture", "vertices", "auto"),
    "dtype": ("", "float32", "bfloat16", "float16"),
}
_PROMPTED = ("masks/sam", "masks/sam2", "masks/sam3")
"""Mask backends that take boxes and points."""


@dataclass(frozen=True)
class FormField:
    """One field of the form.

    Attributes:
        name: Of the field of the settings.
        label: What the page calls it.
        help: What it means.
        kind: ``"choice"``, ``"flag"``, ``"number"``, or ``"text"``, also for numbers that may be
            left empty.
        choices: Known values of a choice; others may be typed.
        value: That it starts with.
        section: Heading that it is under.
    """

    name: str
    label: str
    help: str
    kind: str
    choices: tuple[str, ...]
    value: str | float | bool | None
    section: str


def generator_names() -> list[str]:
    """All registered generators."""
    return [*available("generate/*"), *available("sceneflow/*")]


def mask_names() -> list[str]:
    """All registered backends that propose masks of a picture."""
    return [name for name in available("masks/*") if name != "masks/folder"]


def read_defaults(path: Path | None) -> GenerateSettings:
    """The settings that the form starts with.

    Raises:
        FormatError: The file cannot be read, or is for another verb.
    """
    if path is None:
        return GenerateSettings()
    return read_settings(GenerateSettings, path, verb="generate")


def form_fields(defaults: GenerateSettings, *, is_public: bool) -> tuple[FormField, ...]:
    """The fields in the order of the sections.

    Args:
        defaults: Values that they start with.
        is_public: Whether others than the host can reach the page; then there are no fields for
            files, backends and devices.
    """
    fields = [
        _form_field(each, getattr(defaults, each.name))
        for each in fields_of(GenerateSettings)
        if each.name not in _NOT_SHOWN and not (is_public and _is_of_the_host(each.name))
    ]
    order = {name: i for i, name in enumerate(itertools.chain(*_SECTIONS.values()))}
    return tuple(sorted(fields, key=lambda each: order.get(each.name, len(order))))


def settings_from_form(
    defaults: GenerateSettings, fields: Sequence[FormField], values: Mapping[str, Any]
) -> GenerateSettings:
    """The settings that the form holds.

    Args:
        defaults: Values of what the form does not show.
        fields: Of the form.
        values: What was entered, by name; other names are ignored.

    Raises:
        FormatError: A value has the wrong type.
        ConventionError: A value is out of range.
    """
    kinds = {each.name: each.type for each in fields_of(GenerateSettings)}
    given = {
        each.name: _plain(values[each.name], kinds[each.name])
        for each in fields
        if each.name in values
    }
    known = {
        name: value for name, value in settings_to_dict(defaults).items() if name not in _NOT_SHOWN
    }
    return settings_from_dict(GenerateSettings, {**known, **given}, source="The form")


def _is_of_the_host(name: str) -> bool:
    return name.endswith("weights") or name in _OF_THE_HOST


def _form_field(field: Field, value: Any) -> FormField:
    kinds = {part for part in (*typing.get_args(field.type), field.type) if part is not type(None)}
    choices: tuple[str, ...] = _WORDS.get(field.name, ())
    if field.name == "model":
        choices = tuple(generator_names())
    elif field.name == "segmenter":
        choices = (REGION_GROWING, *_PROMPTED)
    kind = "text"
    if choices:
        kind = "choice"
    elif bool in kinds:
        kind = "flag"
    elif kinds & {int, float} and type(None) not in typing.get_args(field.type):
        kind = "number"
    section = next((key for key, names in _SECTIONS.items() if field.name in names), OTHERS)
    label = field.name.replace("_", " ").capitalize()
    shown = value if isinstance(value, str | bool) or kind == "number" else _text(value)
    return FormField(field.name, label, field.help, kind, choices, shown, section)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _plain(value: Any, kind: Any) -> Any:
    """What was entered as the settings have it: no text is None, text of a number is one."""
    parts = typing.get_args(kind) or (kind,)
    if isinstance(value, str):
        value = value.strip()
    if (value is None or value == "") and type(None) in parts:
        return None
    if isinstance(value, str) and {int, float} & set(parts):
        with contextlib.suppress(ValueError):
            value = float(value)
    if isinstance(value, float) and value.is_integer() and float not in parts:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and int not in parts:
        return float(value)
    return value
