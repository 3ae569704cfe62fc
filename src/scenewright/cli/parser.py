"""Parses command-line arguments into the inputs and settings of a verb."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Union

from scenewright.pipelines.table import VERBS, Verb
from scenewright.runs.fields import Field, fields_of, summary_of
from scenewright.runs.options import Option, Settings

if TYPE_CHECKING:
    from scenewright.core import ScenewrightError


@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """Options that every verb has."""

    config: Annotated[Path | None, Option(metavar="FILE")] = None
    """YAML or JSON file with settings, such as the config.json of a run; options override it."""
    quiet: bool = False
    """Show only results and errors, no progress."""
    debug: bool = False
    """Show the Python traceback of an error."""


@dataclass(frozen=True)
class Call:
    """A parsed command line.

    Attributes:
        verb: The verb.
        keywords: Keyword arguments for its function, including `settings`.
        settings: Settings of the verb.
        common: Options that every verb has.
    """

    verb: Verb
    keywords: dict[str, Any]
    settings: Settings
    common: CommonOptions


def parse(verb: Verb, words: Sequence[str]) -> Call:
    """Parses the arguments after the verb; shows the help and exits if requested.

    Raises:
        SystemExit: Help was requested, or the arguments are wrong.
        ScenewrightError: A settings file or a value cannot be read.
    """
    batched = _batched_verb(words) if verb.is_batch else None
    kinds = _settings_kinds(verb, batched)
    names = [verb.name] if batched is None else [batched.name, verb.name]
    defaults = _file_defaults(names, kinds, words)
    groups = [
        fields_of(verb.inputs()),
        _output_fields(verb),
        *(fields_of(kind) for kind in kinds),
        fields_of(CommonOptions),
    ]
    fields = [field for group in groups for field in group]
    given = _parse_words(verb, fields, defaults, words)
    _check_lists(fields, given, words)
    values = {field.name: _value(field, given, defaults) for field in fields}

    def part(group: Sequence[Field]) -> dict[str, Any]:
        return {field.name: values[field.name] for field in group}

    built = [_build(kind, part(group)) for kind, group in zip(kinds, groups[2:], strict=False)]
    keywords = {**part(groups[0]), **part(groups[1]), "settings": built[0]}
    if verb.is_batch:
        keywords["batch"] = built[1]
        _check_batched_verb(keywords["verb"], batched)
    if verb.output is not None and keywords["output"] is None:
        keywords["output"] = verb.output.path_for(_first_path(keywords))
    return Call(verb, keywords, built[0], CommonOptions(**part(groups[-1])))


def _build(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """Builds settings and checks all values that they set in the settings of methods."""
    from scenewright.core import ScenewrightError

    try:
        settings = kind(**values)
        settings.resolved()
    except ScenewrightError as error:
        raise named_by_option(error, kind) from error
    return settings


def named_by_option(error: ScenewrightError, kind: type[Settings]) -> ScenewrightError:
    """An error about a value of a method's settings, with the name of the option that sets it.

    Args:
        error: Any error; one about ``FitConfig.num_steps`` becomes one about ``--steps``.
        kind: The settings of the verb.
    """
    match = re.fullmatch(r"\w+Config\.(\w+)", error.what)
    if match is None:
        return error
    for field in fields_of(kind):
        if match[1] in (field.option.sets, field.name):
            what = f"--{field.option_name}"
            return type(error)(what, expected=error.expected, got=error.got, do=error.do)
    return error


def _check_lists(fields: Sequence[Field], given: dict[str, Any], words: Sequence[str]) -> None:
    """An option that was typed without a value must not mean everything."""
    for field in fields:
        if given[field.name] == () and f"--{field.option_name}" in words:
            from scenewright.core import ConventionError

            raise ConventionError(
                f"--{field.option_name}", expected="one or more values", got="none"
            )


def _batched_verb(words: Sequence[str]) -> Verb | None:
    """The verb that a batch runs, which determines its options."""
    return next((VERBS[word] for word in words if _can_be_batched(word)), None)


def _can_be_batched(name: str) -> bool:
    return name in VERBS and VERBS[name].makes_run


def _check_batched_verb(name: str, batched: Verb | None) -> None:
    if batched is not None and name != batched.name and _can_be_batched(name):
        from scenewright.core import UnknownNameError

        raise UnknownNameError(
            f"The verb of the batch is '{name}', and '{batched.name}' comes before it",
            expected="the verb first",
            got="an option with the name of a verb",
            do=f"Start the command with 'scenewright batch {name} ...'.",
        )


def _settings_kinds(verb: Verb, batched: Verb | None) -> list[type[Settings]]:
    """The settings classes of a verb; a batch has those of the verb it runs, and its own."""
    if not verb.is_batch:
        return [verb.settings()]
    return [Settings if batched is None else batched.settings(), verb.settings()]


def _file_defaults(
    verbs: Sequence[str], kinds: Sequence[type[Settings]], words: Sequence[str]
) -> dict[str, Any]:
    """The settings in the file given with --config, which may be for any of the verbs."""
    file = None
    for position, word in enumerate(words):
        if word == "--config" and position + 1 < len(words):
            file = words[position + 1]
        elif word.startswith("--config="):
            file = word.removeprefix("--config=")
    if file is None or kinds[0] is Settings:
        return {}
    from scenewright.runs.settings_files import read_settings_values, settings_from_dict

    values = read_settings_values(file, verbs=verbs)
    defaults: dict[str, Any] = {}
    for kind in kinds[:0:-1]:
        fields = fields_of(kind)
        part = {field.name: values.pop(field.name) for field in fields if field.name in values}
        settings = settings_from_dict(kind, part, source=file)
        defaults |= {field.name: getattr(settings, field.name) for field in fields}
    # The rest are settings of the verb itself, or unknown names.
    settings = settings_from_dict(kinds[0], values, source=file)
    return defaults | {field.name: getattr(settings, field.name) for field in fields_of(kinds[0])}


def _output_fields(verb: Verb) -> tuple[Field, ...]:
    if verb.output is None:
        return ()
    output = verb.output
    default = MISSING if output.default is None else None
    option = Option(metavar=output.metavar, short="-o")
    fields = [
        Field("output", Path if default is MISSING else Path | None, default, output.help, option)
    ]
    if output.overwrite is not None:
        fields.append(Field("overwrite", bool, False, output.overwrite, Option()))
    return tuple(fields)


def _parse_words(
    verb: Verb, fields: Sequence[Field], defaults: dict[str, Any], words: Sequence[str]
) -> dict[str, Any]:
    import tyro

    made = dataclasses.make_dataclass(
        "Options",
        [_tyro_field(field, defaults) for field in fields],
        kw_only=True,
        namespace={"__doc__": summary_of(verb.inputs())},
    )
    options: Any = tyro.cli(
        made,
        prog=f"scenewright {verb.name}",
        description=summary_of(verb.inputs()),
        args=_without_redundant_flags(fields, defaults, words),
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    return {field.name: getattr(options, field.name) for field in fields}


def _without_redundant_flags(
    fields: Sequence[Field], defaults: dict[str, Any], words: Sequence[str]
) -> list[str]:
    """The words without flags that say what is the default, or what the settings file says."""
    redundant = set()
    for field in fields:
        if field.type is bool:
            is_on = defaults.get(field.name, field.default)
            redundant.add(f"--{field.option_name}" if is_on else f"--no-{field.option_name}")
    return [word for word in words if word not in redundant]


def _tyro_field(field: Field, defaults: dict[str, Any]) -> tuple[str, Any, Any]:
    """A field as tyro understands it."""
    import tyro

    option = field.option
    kind = _word_type(field)
    described = tyro.conf.arg(
        name=None if option.positional else option.name,
        metavar=option.metavar,
        help=_help(field, defaults),
        aliases=None if option.short is None else [option.short],
        help_behavior_hint=_default_hint(field, defaults),
    )
    annotated: Any = Annotated[kind, described]
    if option.positional:
        annotated = Annotated[kind, tyro.conf.Positional, described]
    default = defaults.get(field.name, field.default)
    if default is MISSING:
        return field.name, annotated, dataclasses.field()
    if _is_text(field) and not isinstance(default, str):
        default = None
    return field.name, annotated, dataclasses.field(default=default)


def _help(field: Field, defaults: dict[str, Any]) -> str | None:
    if defaults.get(field.name, field.default) is True:
        # Such a flag is spelled --no-NAME.
        return field.option.negated_help or f"Turn this off: {field.help}"
    return field.help or None


def _is_text(field: Field) -> bool:
    """Whether the command line takes text that is converted later."""
    return field.option.parse is not None or bool(field.option.presets)


def _word_type(field: Field) -> Any:
    """The type of a field on the command line.

    Unions are spelled as `typing.Union`: for the operator ``|``, tyro would load typeguard, which
    takes as long as everything else that a help text needs.
    """
    if _is_text(field):
        return str if field.is_required else Union[str, None]  # noqa: UP007
    if isinstance(field.type, types.UnionType):
        return Union[typing.get_args(field.type)]  # noqa: UP007
    return field.type


def _default_hint(field: Field, defaults: dict[str, Any]) -> str:
    """The default in the help text, where that of tyro would not be useful."""
    if field.is_required:
        return "(required)"
    value = defaults.get(field.name, field.default)
    if value is None or value is False or value == "" or value == ():
        return ""
    if value is True:
        return ""
    if field.option.parse is not None or (field.option.presets and not isinstance(value, str)):
        return "(default: from --config)" if field.name in defaults else ""
    words = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"(default: {words})"


def _value(field: Field, given: dict[str, Any], defaults: dict[str, Any]) -> Any:
    value = given[field.name]
    if not _is_text(field):
        return value
    if value is None:
        return defaults.get(field.name, field.default)
    return value if field.option.parse is None else field.option.parse(value)


def _first_path(keywords: dict[str, Any]) -> Path | None:
    return next((value for value in keywords.values() if isinstance(value, Path)), None)
