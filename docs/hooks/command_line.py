"""The page "Command line": the verbs and their options, made from the verb table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from scenewright.pipelines.table import VERBS, Verb
from scenewright.runs.fields import Field, fields_of, summary_of

PAGE = "command-line.md"

_INTRODUCTION = """# Command line

```text
scenewright VERB [OPTIONS]
```

| Verb | What it does |
|---|---|
"""
_COMMON = """
Every verb takes `--config FILE` (settings from a YAML or JSON file, see [settings](settings.md)),
`--quiet` (results and errors only) and `--debug` (show where in the code an error was raised).
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the page."""
    rows = [f"| [`{verb.name}`](#{_anchor(verb)}) | {verb.summary} |" for verb in VERBS.values()]
    parts = [_INTRODUCTION + "\n".join(rows), _COMMON, *map(_section, VERBS.values())]
    files.append(File.generated(config, PAGE, content="\n".join(parts)))
    return files


def _anchor(verb: Verb) -> str:
    return verb.name.replace(" ", "-")


def _section(verb: Verb) -> str:
    """What a verb does, its arguments and its options."""
    inputs = fields_of(verb.inputs())
    arguments = [field for field in inputs if field.option.positional]
    options = [field for field in inputs if not field.option.positional]
    parts = [f"## {verb.name}", "", summary_of(verb.inputs()), ""]
    if arguments:
        parts += ["| Argument | What it is |", "|---|---|"]
        parts += [f"| `{_word(field)}` | {_cell(field.help)} |" for field in arguments] + [""]
    rows = [*_output_rows(verb), *map(_row, [*options, *fields_of(verb.settings())])]
    if rows:
        parts += ["| Option | Default | What it does |", "|---|---|---|", *rows, ""]
    return "\n".join(parts)


def _output_rows(verb: Verb) -> Iterator[str]:
    if verb.output is None:
        return
    yield f"| `-o`, `--output {verb.output.metavar}` | | {_cell(verb.output.help)} |"
    if verb.output.overwrite is not None:
        yield f"| `--overwrite` | | {_cell(verb.output.overwrite)} |"


def _row(field: Field) -> str:
    if field.default is True:
        help_text = field.option.negated_help or field.help
        return f"| `--no-{field.option_name}` | | {_cell(help_text)} |"
    word = "" if field.default is False else f" {_cell(_word(field))}"
    option = f"--{field.option_name}{word}"
    return f"| `{option}` | {_default(field.default)} | {_cell(field.help)} |"


def _word(field: Field) -> str:
    return field.option.metavar or field.name.upper()


def _default(value: object) -> str:
    if value in (None, False, "", ()) or isinstance(value, range):
        return ""
    words: Sequence[object] = value if isinstance(value, tuple) else (value,)
    return f"`{' '.join(map(str, words))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
