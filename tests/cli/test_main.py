"""Verbs, help, versions, usage errors, and how fast help comes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import scenewright
from scenewright.cli import main as cli
from scenewright.cli.main import help_text
from scenewright.core import CaptureError
from scenewright.pipelines.table import VERBS
from scenewright.runs.fields import fields_of
from tests.command_builders import Call, assert_plain_error


def loaded_by(*words: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a call of the command."""
    code = (
        "import sys; from scenewright.cli.main import main; "
        f"main({list(words)!r}); sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_names_every_verb(call: Call) -> None:
    outcome = call("--help")
    assert outcome.code == 0
    assert outcome.out == help_text()
    assert all(f"  {verb} " in outcome.out for verb in VERBS)
    assert max(map(len, outcome.out.splitlines())) <= 90


def test_help_loads_nothing_heavy() -> None:
    assert not loaded_by("--help") & {"numpy", "numba", "scipy", "rich", "tyro", "PIL", "trimesh"}


@pytest.mark.parametrize("name", VERBS)
def test_help_of_a_verb(name: str, call: Call) -> None:
    outcome = call(*name.split(), "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"usage: scenewright {name} ")
    shown = set(re.findall(r"--[a-z0-9-]+", outcome.out))
    verb = VERBS[name]
    for field in (*fields_of(verb.inputs()), *fields_of(verb.settings())):
        if not field.option.positional:
            prefix = "no-" if field.default is True else ""
            assert f"--{prefix}{field.option_name}" in shown
    assert {"--help", "--config", "--quiet", "--debug"} <= shown
    inputs = ("evaluate", "caption", "evaluate-language", "remove")  # --output is one of theirs
    assert ("--output" in shown) == (verb.output is not None or name in inputs)


def test_help_of_a_flag_that_is_set_says_what_leaving_it_out_means(call: Call) -> None:
    shown = " ".join(call("fit-splats", "--help").out.split())
    assert "--no-mesh Do not make a mesh." in shown and "--mesh" not in shown.split()


@pytest.mark.parametrize("verb", [name for name in VERBS if not name.startswith("train ")])
def test_help_of_a_verb_loads_no_arrays(verb: str) -> None:
    heavy = {"numpy", "numba", "scipy", "PIL", "trimesh", "torch", "ray", "yaml"}
    assert not loaded_by(*verb.split(), "--help") & heavy


def test_version(call: Call) -> None:
    outcome = call("--version")
    assert (outcome.code, outcome.out) == (0, f"scenewright {scenewright.__version__}\n")


def test_no_verb_is_wrong_usage(call: Call) -> None:
    outcome = call()
    assert outcome.code == 2
    assert outcome.out == help_text()


@pytest.mark.parametrize(
    ("words", "nearest"),
    [(("segmnt",), "segment"), (("data",), "data make"), (("data", "mak"), "data make")],
)
def test_unknown_verb_names_the_nearest(words: tuple[str, ...], nearest: str, call: Call) -> None:
    outcome = call(*words)
    assert outcome.code == 2
    assert f"Did you mean '{nearest}'?" in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("batch",),
        ("data",),
        ("data", "make"),
        ("data", "take", "worlds"),
        ("train", "huge", "shards", "-o", "out"),
        ("segment",),
        ("segment", "a", "b"),
        ("segment", "a", "--no-such-option"),
        ("segment", "a", "--stride", "two"),
        ("models", "dance"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], call: Call) -> None:
    outcome = call(*words)
    assert outcome.code == 2
    assert outcome.err and "Traceback" not in outcome.err


def test_interruption(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scenewright.pipelines.doctor.run.doctor_run", interrupt)
    outcome = call("doctor")
    assert outcome.code == 130
    assert outcome.err.strip() == "error: interrupted"


def test_debug_shows_where_an_error_arose(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CaptureError("it broke")

    monkeypatch.setattr("scenewright.pipelines.doctor.run.doctor_run", fail)
    assert cli.main(["doctor"]) == 1
    with pytest.raises(CaptureError):
        cli.main(["doctor", "--debug"])


def test_errors_name_the_option_behind_a_value(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CaptureError("FusionConfig.max_depth", expected="another one")

    monkeypatch.setattr("scenewright.pipelines.segment.run.segment_run", fail)
    assert_plain_error(call("segment", "room", "-o", "run"), "--max-depth", "another one")


def test_errors_of_the_system_name_the_file(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/secret/room")

    monkeypatch.setattr("scenewright.pipelines.doctor.run.doctor_run", fail)
    assert_plain_error(call("doctor"), "/secret/room", "Permission denied")


def test_a_full_disk_under_a_cache_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scenewright.pipelines.doctor.run.doctor_run", fail)
    assert_plain_error(call("doctor"), "No space left on device", "NUMBA_CACHE_DIR")


def test_python_runs_the_package_as_the_command() -> None:
    command = [sys.executable, "-m", "scenewright"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"scenewright {scenewright.__version__}\n"
    done = subprocess.run([*command, "dance"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "unknown verb 'dance'" in done.stderr


def test_defects_of_ours_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("scenewright.pipelines.doctor.run.doctor_run", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["doctor"])


def test_a_reader_that_stops_early_is_no_error(pristine: Path) -> None:
    command = f"{sys.executable} -m scenewright.cli.main check {pristine} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("layout: plain")
    assert done.stderr == ""
