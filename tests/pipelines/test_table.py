"""The verb table: every verb has inputs, settings, a function and a printer that fit each other."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import scenewright as sw
from scenewright.cli.main import help_text
from scenewright.cli.parser import parse
from scenewright.core import no_progress
from scenewright.pipelines.table import VERBS, Output, Verb
from scenewright.runs.fields import fields_of, summary_of
from scenewright.runs.options import Option, Settings

EVERYDAY: dict[str, tuple[Callable[..., object], set[str]]] = {
    "segment": (sw.segment, {"capture"}),
    "fit-splats": (sw.fit_splats, {"capture", "scene"}),
    "decompose": (sw.decompose, {"scene", "capture"}),
    "complete": (sw.complete, {"scene", "capture"}),
    "remove": (sw.remove, {"scene", "instance_ids"}),
    "evaluate": (sw.evaluate, {"scene", "truth"}),
    "generate": (sw.generate, {"images", "depth", "settings"}),
    "ask": (sw.ask, {"scene", "question", "about"}),
    "ground": (sw.ground, {"scene", "phrase"}),
    "caption": (sw.caption, {"scene"}),
    "find": (sw.find, {"phrase", "scenes", "index"}),
    "name": (sw.name, {"scene", "capture"}),
}
"""Functions of daily use, and what they are given beside settings."""
ROOT = Path(sw.__file__).parent
HEAVY = {"numpy", "numba", "scipy", "torch", "PIL", "trimesh", "ray", "tyro", "rich", "yaml"}

every_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))


@every_verb
def test_all_parts_are_there(verb: Verb) -> None:
    assert dataclasses.is_dataclass(verb.inputs())
    assert issubclass(verb.settings(), Settings)
    assert verb.run().__name__ == f"{verb.folder}_run"
    assert list(inspect.signature(verb.show()).parameters)[1:] == ["settings", "out"]
    assert verb.summary and verb.summary[0].islower() and not verb.summary.endswith(".")


@every_verb
def test_every_field_has_a_help_text(verb: Verb) -> None:
    for kind in (verb.inputs(), verb.settings()):
        for field in fields_of(kind):
            assert field.help.endswith("."), (kind.__name__, field.name)
            assert field.help[0].isupper() or not field.help[0].isalpha(), field.name
    assert summary_of(verb.inputs()).split("\n")[0].endswith(".")


@every_verb
def test_settings_are_frozen_and_complete(verb: Verb) -> None:
    kind = verb.settings()
    settings = kind()
    assert not any(field.is_required for field in fields_of(kind))
    assert settings == kind()
    for field in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, None)


@every_verb
def test_the_function_takes_inputs_settings_and_output(verb: Verb) -> None:
    given = {field.name for field in fields_of(verb.inputs())} | {"settings"}
    if verb.output is not None:
        given |= {"output"}
        given |= {"overwrite"} if verb.output.overwrite is not None else set()
    if verb.is_long:
        given |= {"progress"}
    if verb.is_batch:
        given |= {"batch"}
    parameters = inspect.signature(verb.run()).parameters
    assert set(parameters) == given
    if verb.is_long:
        assert parameters["progress"].default is no_progress
    if "overwrite" in given:
        assert parameters["overwrite"].default is False
    for name, parameter in list(parameters.items())[2:]:
        if name not in ("output", "settings", "seeds"):
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, name


@every_verb
def test_optional_inputs_have_the_same_default_in_python(verb: Verb) -> None:
    parameters = inspect.signature(verb.run()).parameters
    for field in fields_of(verb.inputs()):
        default = parameters[field.name].default
        # What Python calls by object is given as text, with the same meaning, on the command line.
        if default is not inspect.Parameter.empty:
            assert field.default == default, field.name


@pytest.mark.parametrize("name", [name for name, verb in VERBS.items() if verb.makes_run])
def test_a_verb_that_makes_a_run_takes_input_and_output_first(name: str) -> None:
    verb = VERBS[name]
    first = list(inspect.signature(verb.run()).parameters)[:3]
    inputs = fields_of(verb.inputs())
    assert first == [inputs[0].name, "output", "settings"]
    assert inputs[0].option.positional and inputs[0].type is Path


@pytest.mark.parametrize("name", [name for name, verb in VERBS.items() if verb.output])
def test_a_verb_that_writes_a_run_folder_can_be_described(name: str) -> None:
    assert list(inspect.signature(VERBS[name].facts()).parameters) == ["report"]


@pytest.mark.parametrize("name", EVERYDAY)
def test_everyday_functions_keep_a_few_keywords_with_the_defaults_of_the_settings(
    name: str,
) -> None:
    function, given = EVERYDAY[name]
    keywords = {
        key: parameter
        for key, parameter in inspect.signature(function).parameters.items()
        if key not in given | {"progress"}
    }
    assert len(keywords) <= 6
    defaults = {field.name: field.default for field in fields_of(VERBS[name].settings())}
    assert {key: parameter.default for key, parameter in keywords.items()} == {
        key: defaults[key] for key in keywords
    }
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in keywords.values())


def test_everyday_functions_cover_all_verbs_that_have_one() -> None:
    named = {verb.folder: name for name, verb in VERBS.items()}
    found = {named[name] for name in dir(sw) if name in named and callable(getattr(sw, name))}
    assert found == set(EVERYDAY)


@every_verb
def test_settings_are_exported_at_the_top(verb: Verb) -> None:
    assert getattr(sw, verb.settings().__name__) is verb.settings()


def test_settings_modules_are_light() -> None:
    code = (
        "import sys\n"
        "from scenewright.pipelines.table import VERBS\n"
        "verbs = sorted(VERBS.values(), key=lambda verb: verb.name == 'train')\n"
        "for verb in verbs:\n"
        "    if verb.name == 'train':\n"
        "        sys.stdout.write(' '.join(sys.modules))\n"
        "    verb.inputs(), verb.settings()()\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = (
        {name.partition(".")[0] for name in text.split()} for text in (done.stdout, done.stderr)
    )
    assert not before & HEAVY
    # The recipe of a training checks itself with the errors of `core`, which bring numpy.
    assert after & HEAVY <= {"numpy"}


def test_every_folder_of_pipelines_is_a_verb_or_shared() -> None:
    folders = {path.parent.name for path in (ROOT / "pipelines").glob("*/__init__.py")}
    assert folders == {verb.folder for verb in VERBS.values()} | {"pictures", "sources"}
    loose = {path.name for path in (ROOT / "pipelines").glob("*.py")}
    assert loose == {"__init__.py", "table.py"}


# One line more.


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaintRedInputs:
    """Paints a scene.

    Slowly.
    """

    scene: Path
    """Scene folder."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaintRedSettings(Settings):
    """How it is painted."""

    coats: int = 2
    """Coats of paint."""


@pytest.fixture
def painting(monkeypatch: pytest.MonkeyPatch) -> Verb:
    """A verb of a folder of its own, in the table by one line."""

    def paint_red_run(scene: Path, output: Path, settings: Any = None, **_: Any) -> tuple[Any, ...]:
        return scene, output, settings

    def show(result: tuple[Any, ...], settings: Any, out: Any) -> int:
        out.write(f"{result[0]} in {settings.coats} coats to {result[1]}")
        return 0

    home = "scenewright.pipelines.paint_red"
    parts: dict[str, dict[str, Any]] = {
        "settings": {"PaintRedInputs": PaintRedInputs, "PaintRedSettings": PaintRedSettings},
        "run": {"paint_red_run": paint_red_run},
        "printer": {"show": show},
    }
    monkeypatch.setitem(sys.modules, home, ModuleType(home))
    for part, names in parts.items():
        module = ModuleType(f"{home}.{part}")
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    verb = Verb("paint-red", "paint a scene", Output("Folder to make", "runs/{name}-red"))
    monkeypatch.setitem(VERBS, verb.name, verb)
    return verb


def test_a_verb_needs_one_line_in_the_table(
    painting: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    from scenewright.cli.main import main

    assert re.search(r"^  paint-red +paint a scene$", help_text(), re.MULTILINE)
    assert main(["paint-red", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Paints a scene." in shown and "Coats of paint. (default: 2)" in shown
    assert main(["paint-red", "--scene", "a/room", "--coats", "3"]) == 0
    assert capsys.readouterr().out == f"a/room in 3 coats to {Path('runs/room-red')}\n"
    call = parse(VERBS["batch"], ["paint-red", "a", "b", "-o", "out", "--coats", "4"])
    assert call.settings == PaintRedSettings(coats=4)


def test_names_lead_to_folders_and_classes() -> None:
    assert VERBS["fit-splats"].folder == "fit_splats"
    assert VERBS["data make"].folder == "make_data"
    assert VERBS["fit-splats"].settings() is sw.FitSettings
    assert VERBS["data make"].inputs().__name__ == "DataInputs"
    missing = Verb("dance", "dance")
    with pytest.raises(ModuleNotFoundError, match=r"scenewright\.pipelines\.dance"):
        missing.run()


def test_the_default_output_is_named_like_the_input(tmp_path: Path) -> None:
    output = Output("Folder", "runs/{name}-splats")
    assert output.path_for(tmp_path / "room") == Path("runs/room-splats")
    assert output.path_for(Path("/")) == Path("runs/capture-splats")
    assert output.path_for(None) == Path("runs/capture-splats")
    assert Output("Folder", "runs").path_for(Path("a")) == Path("runs")


def test_options_are_unlike_each_other() -> None:
    for verb in VERBS.values():
        names = ["config", "quiet", "debug", "help"]
        names += ["output", "overwrite"] if verb.output is not None else []
        for kind in (verb.inputs(), verb.settings()):
            names += [one.option_name for one in fields_of(kind) if not one.option.positional]
        assert len(set(names)) == len(names), verb.name


def test_an_option_of_a_preset_names_a_class_that_exists() -> None:
    for verb in VERBS.values():
        for field in fields_of(verb.settings()):
            assert isinstance(field.option, Option)
            for reference in field.option.presets:
                module, _, name = reference.partition(":")
                assert dataclasses.is_dataclass(getattr(importlib.import_module(module), name))


@every_verb
def test_every_setting_is_read_somewhere(verb: Verb) -> None:
    rooms = [ROOT / "pipelines" / verb.folder, ROOT / "pipelines" / "sources"]
    rooms += [ROOT / "training"] if verb.name.startswith("train ") else []
    code = "\n".join(path.read_text("utf-8") for room in rooms for path in room.rglob("*.py"))
    unread = [
        field.name
        for field in fields_of(verb.settings())
        if not re.search(rf"\.{field.name}\b", code) and f'"{field.name}"' not in code
    ]
    assert unread == []
