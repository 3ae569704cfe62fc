"""The form holds every setting of generate but those that the page makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.form import (
    form_fields,
    generator_names,
    read_defaults,
    settings_from_form,
)
from scenewright.runs.fields import fields_of


def test_every_setting_is_in_the_form() -> None:
    defaults = GenerateSettings()
    fields = form_fields(defaults, is_public=False)
    names = {each.name for each in fields_of(GenerateSettings)}
    assert {each.name for each in fields} == names - {"masks", "boxes"}
    assert all(each.help for each in fields)
    sections = [each.section for each in fields]
    assert sections == sorted(sections, key=sections.index) and sections[0] == "Model"
    values = {each.name: each.value for each in fields}
    assert settings_from_form(defaults, fields, values) == defaults


def test_only_the_host_chooses_files_backends_and_devices() -> None:
    defaults = GenerateSettings(weights="file:mine", device="cuda", allow_pickles=True)
    fields = form_fields(defaults, is_public=True)
    shown = {each.name for each in fields}
    assert {"seed", "steps", "guidance", "texture_size"} <= shown
    assert not shown & {
        "weights", "encoder_weights", "geometry_weights", "base_weights", "segmenter_weights",
        "allow_pickles", "device", "model", "segmenter",
    }  # fmt: skip
    forged = {"weights": "file:/etc", "device": "cpu", "seed": 4}
    made = settings_from_form(defaults, fields, forged)
    assert made.weights == "file:mine" and made.device == "cuda" and made.seed == 4


def test_values_of_the_page_become_those_of_settings() -> None:
    defaults = GenerateSettings()
    fields = form_fields(defaults, is_public=False)
    values = {"seed": 3.0, "steps": " 7 ", "guidance": "2.5", "weights": "", "fov": 50,
              "device": " cuda "}  # fmt: skip
    made = settings_from_form(defaults, fields, values)
    assert (made.seed, made.steps, made.guidance, made.weights) == (3, 7, 2.5, None)
    assert made.fov == 50.0 and made.device == "cuda" and isinstance(made.seed, int)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": "many"}, "The form: steps"),
        ({"seed": 1.5}, "The form: seed"),
        ({"seed": None}, "The form: seed"),
        ({"low_memory": "yes"}, "The form: low_memory"),
    ],
)
def test_wrong_values_are_named(values: dict[str, object], message: str) -> None:
    fields = form_fields(GenerateSettings(), is_public=False)
    with pytest.raises(FormatError, match=message):
        settings_from_form(GenerateSettings(), fields, values)


def test_generators_are_those_of_the_registry() -> None:
    assert {"sceneflow/iscene", "sceneflow/scenegen", "sceneflow/trellis"} <= set(generator_names())


def test_defaults_are_read_from_a_settings_file(tmp_path: Path) -> None:
    assert read_defaults(None) == GenerateSettings()
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"verb": "generate", "seed": 9, "model": "sceneflow/trellis"}))
    assert read_defaults(path).seed == 9
    path.write_text(json.dumps({"verb": "segment"}))
    with pytest.raises(FormatError, match="expected settings of 'generate', got those of 'segmen"):
        read_defaults(path)
