"""Converts settings to and from JSON values, and compares the settings of runs."""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, TypeVar

from scenewright.core import ConventionError, FormatError
from scenewright.io import plain_json, read_json
from scenewright.runs.fields import Field, fields_of
from scenewright.runs.options import Settings

T = TypeVar("T")
VERB_KEY = "verb"
"""Optional key in a settings file; its value must be the verb that reads the file."""


@dataclass(frozen=True)
class Difference:
    """The first value in which two runs differ.

    Attributes:
        name: Name of the input or setting; dots separate nested names.
        wanted: The expected value.
        found: The value in the other run.
    """

    name: str
    wanted: Any
    found: Any


def settings_to_dict(settings: Settings) -> dict[str, Any]:
    """Resolved settings as JSON values."""
    values: dict[str, Any] = plain_json(dataclasses.asdict(settings.resolved()))
    return values


def settings_from_dict(kind: type[T], values: Mapping[str, Any], *, source: str) -> T:
    """Builds settings from JSON values; missing ones keep their defaults.

    Args:
        kind: The settings class.
        values: Value by name of the field.
        source: Origin of the values, for error messages.

    Raises:
        FormatError: There is no such setting, or a value has the wrong type.
        ConventionError: A value is out of range.
    """
    fields = {field.name: field for field in fields_of(kind)}
    unknown = sorted(set(values) - set(fields), key=str)
    if unknown:
        raise FormatError(
            f"{source}: unknown setting '{unknown[0]}'",
            expected=f"one of {', '.join(fields)}",
        )
    built = {
        name: _field_value(fields[name], value, f"{source}: {name}")
        for name, value in values.items()
    }
    missing = [
        field.name for field in fields.values() if field.is_required and field.name not in built
    ]
    if missing:
        raise FormatError(f"{source}: the setting '{missing[0]}' is missing", expected="a value")
    return kind(**built)


def read_settings(kind: type[T], path: str | Path, *, verb: str) -> T:
    """Reads settings from a YAML or JSON file, such as the ``config.json`` of a run.

    Args:
        kind: The settings class of the verb.
        path: File with a mapping of settings by name, and optionally the key ``verb``.
        verb: Name of the verb, which ``verb`` in the file must match.

    Raises:
        FormatError: The file is missing or damaged, is for another verb, or has an unknown setting.
        ConventionError: A value is out of range.
    """
    return settings_from_dict(kind, read_settings_values(path, verbs=[verb]), source=str(path))


def read_settings_values(path: str | Path, *, verbs: Sequence[str]) -> dict[str, Any]:
    """Reads the values of a settings file without checking them.

    Args:
        path: File with a mapping of settings by name, and optionally the key ``verb``.
        verbs: Names of the verbs that the file may be for, the usual one first.

    Returns:
        JSON values by name, without the verb.

    Raises:
        FormatError: The file is missing or damaged, or is for another verb.
    """
    file = Path(path)
    values = read_json(file) if file.suffix.lower() == ".json" else _read_yaml(file)
    if not isinstance(values, Mapping):
        got = "nothing" if values is None else type(values).__name__
        raise FormatError(f"{file}", expected="settings by name", got=got)
    values = dict(values)
    named = values.pop(VERB_KEY, verbs[0])
    if named not in verbs:
        raise FormatError(
            f"{file}", expected=f"settings of '{verbs[0]}'", got=f"those of '{named}'"
        )
    return values


def incidental_names(kind: type[Settings]) -> frozenset[str]:
    """Names of the settings that affect only how a run is executed."""
    return frozenset(field.name for field in fields_of(kind) if field.option.incidental)


def first_difference(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, ignore: Collection[str] = ()
) -> Difference | None:
    """The first value of `wanted` that is missing from or differs in `found`.

    Plain values come before nested ones, so that an option that changes a preset is reported by its
    name.

    Args:
        wanted: JSON values, nested.
        found: JSON values, nested.
        ignore: Top-level names that do not count.
    """
    for name, value in sorted(wanted.items(), key=lambda item: isinstance(item[1], Mapping)):
        if name in ignore:
            continue
        other = found.get(name, MISSING)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            inner = first_difference(value, other)
            if inner is not None:
                return Difference(f"{name}.{inner.name}", inner.wanted, inner.found)
        elif value != other:
            return Difference(name, value, "nothing" if other is MISSING else other)
    return None


def _read_yaml(file: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(file.read_text("utf-8-sig"))
    except OSError as error:
        raise FormatError(f"{file}", expected="a settings file", got=str(error.strerror)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        got = " ".join(str(error).split())[:200]
        raise FormatError(f"{file}", expected="YAML or JSON", got=got) from error


def _field_value(field: Field, value: Any, source: str) -> Any:
    presets = [_load(name) for name in field.option.presets]
    if isinstance(value, Mapping) and presets:
        return _dataclass_value(presets, value, source)
    return typed_value(str if presets else field.type, value, source)


def typed_value(kind: Any, value: Any, source: str) -> Any:
    """Converts a JSON value to a type: numbers, text, paths, literals, tuples, dataclasses, unions.

    Args:
        kind: The type.
        value: JSON value.
        source: Name of the value, for error messages.

    Raises:
        FormatError: It cannot be converted.
    """
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return typed_value(args[0], value, source)
    if origin in (types.UnionType, typing.Union):
        return _union_value(args, value, source)
    if origin is typing.Literal and value in args:
        return value
    if origin is tuple and isinstance(value, list | tuple):
        return _tuple_value(args, value, source)
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return _dataclass_value([typing.cast(type, kind)], value, source)
    if kind is Any or (origin is None and _fits(kind, value)):
        return value
    if kind is float and isinstance(value, int | str) and not isinstance(value, bool):
        # YAML parses 1e-3 as text.
        number = _number(value)
        if number is not None:
            return number
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise FormatError(source, expected=_kind_name(kind), got=repr(value)[:80])


def _fits(kind: Any, value: Any) -> bool:
    if kind is None or kind is type(None):
        return value is None
    if kind in (int, float) and isinstance(value, bool):
        return False
    return isinstance(kind, type) and isinstance(value, kind)


def _number(value: int | str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _union_value(kinds: tuple[Any, ...], value: Any, source: str) -> Any:
    records = [kind for kind in kinds if dataclasses.is_dataclass(kind)]
    if isinstance(value, Mapping) and records:
        return _dataclass_value(typing.cast(list[type], records), value, source)
    # An exact type match has priority over a conversion.
    for kind in sorted(kinds, key=lambda kind: not _fits(kind, value)):
        try:
            return typed_value(kind, value, source)
        except FormatError:
            continue
    expected = " or ".join(_kind_name(kind) for kind in kinds)
    raise FormatError(source, expected=expected, got=repr(value)[:80])


def _tuple_value(kinds: tuple[Any, ...], values: Collection[Any], source: str) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(values)
    if len(kinds) != len(values):
        raise FormatError(source, expected=f"{len(kinds)} values", got=str(len(values)))
    return tuple(
        typed_value(kind, value, f"{source}[{i}]")
        for i, (kind, value) in enumerate(zip(kinds, values, strict=True))
    )


def _dataclass_value(kinds: list[type], values: Mapping[str, Any], source: str) -> Any:
    """An instance of the first class that has all the given fields."""
    names = [{field.name for field in dataclasses.fields(kind)} for kind in kinds]
    fitting = [kind for kind, known in zip(kinds, names, strict=True) if set(values) <= known]
    if not fitting:
        unknown = sorted(set(values) - names[0], key=str)
        raise FormatError(
            f"{source}: unknown setting '{unknown[0]}'",
            expected=f"one of {', '.join(sorted(names[0]))}",
        )
    hints = typing.get_type_hints(fitting[0])
    built = {
        name: typed_value(hints[name], value, f"{source}.{name}") for name, value in values.items()
    }
    try:
        return fitting[0](**built)
    except TypeError as error:
        raise ConventionError(source, expected="all required settings", got=str(error)) from error


def _load(reference: str) -> type:
    module, _, name = reference.partition(":")
    return typing.cast(type, getattr(importlib.import_module(module), name))


def _kind_name(kind: Any) -> str:
    if kind is None or kind is type(None):
        return "nothing (null)"
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, typing.get_args(kind)))}"
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_kind_name(part) for part in typing.get_args(kind))
    if origin is tuple or dataclasses.is_dataclass(kind):
        return "a list" if origin is tuple else "settings by name"
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return names.get(kind, "a path" if kind is Path else str(getattr(kind, "__name__", kind)))
