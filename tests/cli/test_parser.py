"""From words to inputs and settings: options, settings files, what wins over what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from scenewright.cli.parser import named_by_option, parse
from scenewright.core import ConventionError, FormatError, UnknownNameError
from scenewright.fusion import FusionConfig, OnlineAnySegConfig
from scenewright.pipelines.batch.settings import BatchSettings
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.table import VERBS
from scenewright.runs.options import Settings
from scenewright.runs.settings_files import settings_to_dict
from tests.command_builders import Call, assert_plain_error

WORDS = {
    "segment": ["room"],
    "fit-splats": ["room"],
    "decompose": ["room"],
    "complete": ["room"],
    "render": ["room"],
    "generate": ["room.png", "-o", "out"],
    "page": [],
    "batch": ["segment", "room"],
    "check": ["room"],
    "remove": ["room", "-o", "out"],
    "info": ["room"],
    "convert": ["room", "room.glb"],
    "evaluate": ["room"],
    "ask": ["room"],
    "ground": ["room", "the chair"],
    "caption": ["room"],
    "find": ["the red chair"],
    "name": ["room", "named"],
    "evaluate-language": ["questions.json"],
    "train masks": ["shards", "-o", "out"],
    "train merging": ["-o", "out"],
    "train vae": ["-o", "out"],
    "train completion": ["-o", "out"],
    "train encoder": ["-o", "out"],
    "train flow": ["codec.safetensors", "encoder.safetensors", "-o", "out"],
    "train sceneflow": ["file:SceneGen", "rooms-gen", "-o", "out"],
    "train language": ["-o", "out"],
    "train lora": ["file:qwen", "-o", "out"],
    "train names": ["-o", "out"],
    "demo": [],
    "data make": ["worlds", "-o", "out"],
    "data convert": ["3D-FUTURE", "-o", "out"],
    "models": [],
    "doctor": [],
    "cite": ["room"],
}
"""The fewest words that each verb takes."""


def settings_of(verb: str, *words: str | Path) -> Any:
    """The settings that words lead to."""
    return parse(VERBS[verb], [*WORDS[verb], *map(str, words)]).settings


def write_config(path: Path, verb: str, settings: Settings) -> Path:
    """Writes the config.json of a run."""
    path.write_text(json.dumps({"verb": verb, **settings_to_dict(settings)}))
    return path


def test_every_verb_is_covered() -> None:
    assert list(WORDS) == list(VERBS)


@pytest.mark.parametrize("name", WORDS)
def test_words_without_options_give_the_defaults(name: str) -> None:
    call = parse(VERBS[name], WORDS[name])
    kind = SegmentSettings if name == "batch" else VERBS[name].settings()
    assert call.settings == kind() and call.keywords["settings"] is call.settings
    assert not call.common.quiet and not call.common.debug and call.common.config is None


@pytest.mark.parametrize("name", WORDS)
def test_the_config_of_a_run_repeats_it(name: str, tmp_path: Path) -> None:
    kind = SegmentSettings if name == "batch" else VERBS[name].settings()
    file = write_config(tmp_path / "config.json", name, kind())
    found = settings_of(name, "--config", file)
    assert found == kind().resolved()
    assert settings_to_dict(found) == settings_to_dict(kind())


def test_inputs_output_and_settings_are_told_apart() -> None:
    call = parse(VERBS["segment"], ["a/room", "--stride", "3", "-o", "run", "--overwrite"])
    assert call.keywords == {
        "capture": Path("a/room"),
        "output": Path("run"),
        "overwrite": True,
        "settings": SegmentSettings(stride=3),
    }
    call = parse(VERBS["fit-splats"], ["a/room", "--resume", "--no-mesh", "--quiet"])
    assert call.keywords["resume"] is True and call.keywords["overwrite"] is False
    assert call.settings == FitSettings(mesh=False) and call.common.quiet
    assert call.keywords["output"] == Path("runs/room-splats")


def test_a_batch_has_settings_of_the_verb_and_its_own() -> None:
    words = ["fit-splats", "a", "b", "--steps", "9", "--num-workers", "2"]
    call = parse(VERBS["batch"], words)
    assert call.settings == FitSettings(steps=9)
    assert call.keywords == {
        "verb": "fit-splats",
        "inputs": (Path("a"), Path("b")),
        "output": Path("runs"),
        "overwrite": False,
        "settings": call.settings,
        "batch": BatchSettings(num_workers=2),
    }


def test_the_verb_of_a_batch_may_come_after_options() -> None:
    call = parse(VERBS["batch"], ["--num-workers", "2", "fit-splats", "a", "--steps", "9"])
    assert call.settings == FitSettings(steps=9)
    assert call.keywords["verb"] == "fit-splats"
    assert parse(VERBS["batch"], ["dance", "segment"]).keywords["verb"] == "dance"
    with pytest.raises(UnknownNameError) as caught:
        parse(VERBS["batch"], ["--address", "segment", "render", "a"])
    assert str(caught.value) == (
        "The verb of the batch is 'render', and 'segment' comes before it: expected the verb "
        "first, got an option with the name of a verb. Start the command with "
        "'scenewright batch render ...'."
    )


def test_the_config_of_a_batch_repeats_it(tmp_path: Path) -> None:
    batch, settings = BatchSettings(num_workers=2, retries=0), FitSettings(preset="preview")
    file = tmp_path / "config.json"
    values = {**settings_to_dict(settings), **settings_to_dict(batch)}
    file.write_text(json.dumps({"verb": "batch", **values}))
    call = parse(VERBS["batch"], ["fit-splats", "a", "--config", str(file), "--retries", "1"])
    assert call.settings == settings.resolved()
    assert call.keywords["batch"] == replace(batch, retries=1)
    with pytest.raises(FormatError, match=r"unknown setting '\w+'"):
        parse(VERBS["batch"], ["segment", "a", "--config", str(file)])
    one = write_config(tmp_path / "one.json", "fit-splats", settings)
    call = parse(VERBS["batch"], ["fit-splats", "a", f"--config={one}"])
    assert (call.settings, call.keywords["batch"]) == (settings.resolved(), BatchSettings())


def test_options_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("stride: 4\nid_maps: true\nvoxel_size: 1e-2\npreset: onlineanyseg\n")
    assert settings_of("segment", "--config", file) == SegmentSettings(
        stride=4, id_maps=True, voxel_size=0.01, preset="onlineanyseg"
    )
    found = settings_of("segment", f"--config={file}", "--stride", "1", "--preset", "default")
    assert found == SegmentSettings(stride=1, id_maps=True, voxel_size=0.01)
    assert settings_of("segment", "--config", file, "--no-id-maps").id_maps is False


def test_a_preset_of_the_file_stays_an_object(tmp_path: Path) -> None:
    preset = FusionConfig(max_depth=9.0, method=OnlineAnySegConfig(min_voxels=3))
    file = write_config(tmp_path / "a.json", "segment", SegmentSettings(preset=preset))
    assert settings_of("segment", "--config", file, "--stride", "2").preset == preset
    assert settings_of("segment", "--config", file, "--preset", "default").preset == "default"
    found = settings_of("segment", "--config", file, "--max-depth", "4")
    assert found.fusion() == replace(preset, max_depth=4.0)


def test_words_that_stand_for_numbers_keep_the_value_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("size: [64, 48]\nnum_objects: [2, 3]\nkind: random\n")
    expected = DataSettings(size=(64, 48), num_objects=(2, 3), kind="random")
    assert settings_of("data make", "--config", file) == expected
    found = settings_of("data make", "--config", file, "--size", "32x24")
    assert found == replace(expected, size=(32, 24))


def test_help_shows_what_the_file_says(tmp_path: Path, call: Call) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("stride: 4\nid_maps: true\npreset: {voxel_size: 0.1}\n")
    shown = " ".join(call("segment", "--config", file, "--help").out.replace("│", " ").split())
    assert "Use every n-th frame. (default: 4)" in shown
    assert "--no-id-maps Turn this off: Write the object id of each pixel" in shown
    assert "(the rules of OnlineAnySeg). (default: from --config)" in shown


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("strides: 2", ("unknown setting 'strides'", "one of masks, mask_suffix, ")),
        ("stride: two", ("mine.yaml: stride", "a whole number", "'two'")),
        ("preset: {voxel_size: -1}", ("FusionConfig.voxel_size", "a positive number")),
        ("preset: best", ("Fusion preset 'best'", "default, onlineanyseg")),
        ("verb: render", ("mine.yaml", "settings of 'segment'", "those of 'render'")),
        ("- 1", ("mine.yaml", "settings by name", "list")),
        ("a: [", ("mine.yaml", "YAML or JSON")),
        ("", ("mine.yaml", "settings by name", "nothing")),
        (None, ("mine.yaml", "a settings file", "No such file")),
    ],
)
def test_a_bad_file_is_a_plain_error(
    text: str | None, parts: tuple[str, ...], tmp_path: Path, pristine: Path, call: Call
) -> None:
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text)
    outcome = call("segment", pristine, "-o", tmp_path / "run", "--config", file)
    assert_plain_error(outcome, *parts)
    assert not (tmp_path / "run").exists()


def test_a_config_of_no_file_is_wrong_usage(call: Call) -> None:
    assert call("segment", "room", "--config").code == 2
    assert call("batch", "--config", "no.yaml").code == 2


def test_values_out_of_range_are_told_before_the_work(tmp_path: Path, call: Call) -> None:
    words = ("train", "masks", tmp_path, "-o", tmp_path / "out")
    assert_plain_error(call(*words, "--steps", "0"), "--steps", "1 or more", "0")
    (tmp_path / "a.yaml").write_text("batch_size: 0\n")
    outcome = call(*words, "--config", tmp_path / "a.yaml")
    assert_plain_error(outcome, "MaskTrainingConfig.batch_size", "1 or more")
    with pytest.raises(ConventionError):
        parse(VERBS["train masks"], [*WORDS["train masks"], "--steps", "0"])


def test_a_file_may_be_yaml_of_all_settings(tmp_path: Path) -> None:
    for name in ("segment", "fit-splats", "render"):
        settings = VERBS[name].settings()()
        (tmp_path / "a.yml").write_text(yaml.safe_dump(settings_to_dict(settings)))
        assert settings_of(name, "--config", tmp_path / "a.yml") == settings.resolved()


def test_flags_that_the_settings_file_sets_may_be_typed_again(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("id_maps: true\n")
    words = ["capture", "--config", str(file)]
    assert parse(VERBS["segment"], [*words, "--id-maps"]).settings.id_maps  # type: ignore[attr-defined]
    off = parse(VERBS["segment"], [*words, "--no-id-maps"]).settings
    assert not off.id_maps  # type: ignore[attr-defined]
    off = parse(VERBS["segment"], ["capture", "--no-id-maps"]).settings
    assert not off.id_maps  # type: ignore[attr-defined]


def test_an_option_without_values_does_not_mean_everything() -> None:
    with pytest.raises(ConventionError, match="--only: expected one or more values, got none"):
        parse(VERBS["convert"], ["run", "out.glb", "--only"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("segment", "room", "--max-depth", "-1"),
         "--max-depth: expected a positive number, got -1.0"),
        (("batch", "segment", "room", "--voxel-size", "0"),
         "--voxel-size: expected a positive number, got 0.0"),
        (("fit-splats", "room", "--steps", "0"), "--steps: expected 1 or more, got 0"),
        (("fit-splats", "room", "--held-out", "-3"),
         "--held-out: expected a number, 0 or more, got -3"),
        (("fit-splats", "room", "--max-surfels", "-1"),
         "--max-surfels: expected a number, 0 or more, got -1"),
        (("fit-splats", "room", "--depth-weight", "-1"),
         "--depth-weight: expected a number, 0 or more, got -1.0"),
        (("train masks", "shards", "-o", "out", "--steps", "0"),
         "--steps: expected 1 or more, got 0"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_by_its_option(words: tuple[str, ...], message: str) -> None:
    verb, *others = words
    with pytest.raises(ConventionError) as caught:
        parse(VERBS[verb], others)
    assert str(caught.value) == message


def test_only_values_of_settings_are_named_by_options() -> None:
    for what in ("FusionConfig.isolation", "seed", "Mask.seed", "FitConfig.rates.seed"):
        error = ConventionError(what, expected="another")
        assert named_by_option(error, FitSettings) is error
    late = named_by_option(ConventionError("FitConfig.num_steps", do="Wait."), FitSettings)
    assert (type(late), str(late)) == (ConventionError, "--steps. Wait.")
