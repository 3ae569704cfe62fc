"""``scenewright doctor``: versions, extras and what is missing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from scenewright._version import __version__
from scenewright.pipelines.doctor import run as doctor
from scenewright.pipelines.doctor.run import doctor_run
from tests.command_builders import Call

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))


def test_tables(call: Call) -> None:
    outcome = call("doctor")
    assert outcome.code == 0
    assert "numba" in outcome.out and "CPU cores" in outcome.out
    assert "torch" in outcome.out


def test_json(call: Call) -> None:
    outcome = call("doctor", "--json")
    value = json.loads(outcome.out)
    assert outcome.code == 0 and set(value) == {"system", "packages", "extras"}
    assert value["system"]["scenewright"] == __version__
    assert value["packages"]["numpy"] == doctor_run().packages["numpy"]
    assert [row[0] for row in value["extras"]] == [row[0] for row in doctor_run().extras]


def test_every_required_package_is_looked_for() -> None:
    wanted = {line.split(">")[0] for line in PROJECT["project"]["dependencies"]}
    assert set(doctor._REQUIRED) == wanted
    assert doctor_run().missing == ()


def test_a_required_package_that_is_missing_is_an_error(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "scipy" else "1.0")
    outcome = call("doctor")
    assert outcome.code == 1
    assert outcome.err == "error: required packages are missing: scipy\n"
    assert "MISSING" in outcome.out
    outcome = call("doctor", "--json")
    assert outcome.code == 1 and json.loads(outcome.out)["packages"]["scipy"] is None


def test_every_extra_is_known(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    known = {name: list(packages) for name, packages, _ in doctor._EXTRAS}
    wanted = {
        name: [line.split(">")[0] for line in lines]
        for name, lines in extras.items()
        if name not in ("dev", "docs")
    }
    assert known == wanted
    monkeypatch.setattr(
        doctor, "_version", lambda name: None if name in ("transformers", "ray") else "1.0"
    )
    shown = call("doctor").out
    assert "lacks transformers" in shown and 'pip install ".[models]"' in shown
    assert "not installed" in shown and 'pip install ".[batch]"' in shown
