"""Models of language by name, with weights where they need some."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.io import save
from scenewright.pipelines.sources.readers import open_language, open_reader
from tests.command_builders import Call, assert_plain_error
from tests.language.language_builders import make_room


def test_a_scene_or_its_path(tmp_path: Path) -> None:
    save(make_room(), tmp_path / "room")
    for given in (make_room(), tmp_path / "room", str(tmp_path / "room")):
        scene, reader = open_reader(given, "lm/symbolic")
        assert len(scene.instances) == 11 and reader.ground("the sofa").ids == (8,)


def test_models_that_do_not_exist() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'lm/symbolic'"):
        open_language("lm/symbolik")


def test_models_that_need_weights_of_the_user(tmp_path: Path, call: Call) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ConventionError, match="--weights"):
        open_language("lm/hf")
    save(make_room(), tmp_path / "room")
    outcome = call("ask", tmp_path / "room", "the sofa", "--model", "lm/hf")
    assert_plain_error(outcome, "--weights", "scenewright train lora")
    outcome = call("ground", tmp_path / "room", "the sofa", "--model", "lm/hf", "--weights", "none")
    assert_plain_error(outcome, "none")
