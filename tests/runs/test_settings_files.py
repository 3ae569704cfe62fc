"""Settings as JSON and YAML and back, and the first difference of two runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml

from scenewright.core import ConventionError, FormatError
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, VoteConfig
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.render.settings import RenderSettings
from scenewright.pipelines.segment.settings import DEFAULT_MASKS, SegmentSettings
from scenewright.pipelines.table import VERBS
from scenewright.runs.options import Option, Settings
from scenewright.runs.settings_files import (
    Difference,
    first_difference,
    incidental_names,
    read_settings,
    settings_from_dict,
    settings_to_dict,
    typed_value,
)
from scenewright.splats.decomposition import ClusterConfig, PublishedConfig
from scenewright.splats.fitting.config import FitConfig, fit_preset

CHANGED: dict[str, Settings] = {
    "segment": SegmentSettings(
        masks="/masks",
        preset=FusionConfig(voxel_size=0.03, method=OnlineAnySegConfig(min_voxels=3)),
        stride=3,
    ),
    "segment, named": SegmentSettings(preset="onlineanyseg", voxel_size=0.03),
    "fit-splats": FitSettings(preset=fit_preset("best", num_steps=9), start="points", mesh=False),
    "fit-splats, named": FitSettings(preset="preview", steps=7, max_surfels=99, depth_weight=0.5),
    "decompose": DecomposeSettings(masks="/masks", preset=ClusterConfig(neighbors=5)),
    "decompose, published": DecomposeSettings(preset=PublishedConfig(consensus=0.8), tracks=True),
    "render": RenderSettings(views=("0", "all"), kinds=("ids",), only=(3, 4), width=64),
}


def write_yaml(path: Path, values: object) -> Path:
    path.write_text(yaml.safe_dump(values), "utf-8")
    return path


@pytest.mark.parametrize("name", VERBS)
def test_the_defaults_of_every_verb_go_through_files(name: str, tmp_path: Path) -> None:
    kind = VERBS[name].settings()
    check_files(name, kind(), tmp_path)


@pytest.mark.parametrize("name", CHANGED)
def test_changed_settings_and_nested_presets_go_through_files(name: str, tmp_path: Path) -> None:
    check_files(name.partition(",")[0], CHANGED[name], tmp_path)


def check_files(verb: str, settings: Settings, folder: Path) -> None:
    """Asserts that JSON and YAML give back the resolved settings, which resolve to themselves."""
    values = settings_to_dict(settings)
    (folder / "config.json").write_text(json.dumps({"verb": verb, **values}))
    write_yaml(folder / "config.yaml", values)
    for file in ("config.json", "config.yaml"):
        found = read_settings(type(settings), folder / file, verb=verb)
        assert found == settings.resolved()
        assert found.resolved() == found
        assert settings_to_dict(found) == values


def test_names_of_presets_are_replaced_by_what_they_stand_for() -> None:
    values = settings_to_dict(SegmentSettings(preset="onlineanyseg", max_depth=3.0))
    assert values["preset"]["method"]["keyframe_interval"] == 10
    assert values["preset"]["max_depth"] == 3.0
    assert values["masks"] == DEFAULT_MASKS
    assert settings_to_dict(FitSettings(preset="preview", steps=9))["preset"]["num_steps"] == 9
    published = settings_to_dict(DecomposeSettings(preset="published"))
    assert published["preset"]["consensus"] == 0.9


def test_options_that_are_part_of_the_preset_are_not_told_twice() -> None:
    one = settings_to_dict(SegmentSettings(voxel_size=0.03))
    assert one == settings_to_dict(SegmentSettings(preset=FusionConfig(voxel_size=0.03)))
    every = SegmentSettings(keep_fragments=True)
    unlimited = FusionConfig(min_score=0.0, min_size=0.0, min_frames=0)
    assert settings_to_dict(every) == settings_to_dict(SegmentSettings(preset=unlimited))
    few = SegmentSettings(min_score=0.5, min_size=0.1, min_frames=3)
    limited = FusionConfig(min_score=0.5, min_size=0.1, min_frames=3)
    assert settings_to_dict(few) == settings_to_dict(SegmentSettings(preset=limited))
    one = settings_to_dict(FitSettings(steps=9, max_surfels=50, depth_weight=0.25))
    assert [one[name] for name in ("steps", "max_surfels", "depth_weight")] == [None] * 3
    found = settings_from_dict(FitSettings, one, source="it").fit()
    assert found.num_steps == 9 and found.losses.depth == 0.25
    assert found.densify is not None and found.densify.max_surfels == 50


def test_a_file_of_a_few_settings_keeps_all_other_defaults(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "verb: segment\nstride: 2\nvoxel_size: 3e-2\npreset:\n  max_depth: 8\n  method:\n"
        "    coverage: .5\n"
    )
    found = read_settings(SegmentSettings, file, verb="segment")
    expected = FusionConfig(max_depth=8.0, method=VoteConfig(coverage=0.5))
    assert found == SegmentSettings(stride=2, voxel_size=0.03, preset=expected)
    assert found.fusion().voxel_size == 0.03


def test_numbers_that_yaml_takes_for_text_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("depth_weight: 1e-3\npreset: {rates: {opacity: 5E-2}}\n")
    found = read_settings(FitSettings, file, verb="fit-splats")
    assert found.depth_weight == 0.001
    assert isinstance(found.preset, FitConfig) and found.preset.rates.opacity == 0.05


def test_the_method_is_chosen_by_the_names_of_its_settings() -> None:
    for method in (VoteConfig(coverage=0.5), OnlineAnySegConfig(ball_radius=0.2)):
        values = settings_to_dict(SegmentSettings(preset=FusionConfig(method=method)))
        found = settings_from_dict(SegmentSettings, values, source="it")
        assert found.fusion().method == method


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"voxel": 0.1}, "it: unknown setting 'voxel': expected one of masks, mask_suffix, "),
        ({"stride": 1.5}, "it: stride: expected a whole number, got 1.5"),
        ({"stride": True}, "it: stride: expected a whole number, got True"),
        ({"stride": "two"}, "it: stride: expected a whole number, got 'two'"),
        ({"id_maps": "yes"}, "it: id_maps: expected true or false, got 'yes'"),
        ({"voxel_size": "fine"}, "it: voxel_size: expected a number or nothing (null), got 'fine'"),
        ({"masks": 3}, "it: masks: expected text, got 3"),
        ({"preset": 3}, "it: preset: expected text, got 3"),
        (
            {"preset": {"voxels": 1}},
            "it: preset: unknown setting 'voxels': expected one of isolation, max_depth, "
            "method, min_frames, min_score, min_size, truncation_voxels, voxel_size",
        ),
        (
            {"preset": {"voxel_size": []}},
            "it: preset.voxel_size: expected a number, got []",
        ),
        (
            {"preset": {"method": {"coverage": 0.5, "ball_radius": 1.0}}},
            "it: preset.method: unknown setting 'ball_radius': expected one of coverage, ",
        ),
        ({"preset": {"method": "best"}}, "it: preset.method: expected settings by name"),
    ],
)
def test_what_is_no_setting_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(FormatError) as caught:
        settings_from_dict(SegmentSettings, values, source="it")
    assert str(caught.value).startswith(told)


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        settings_from_dict(SegmentSettings, {"preset": {"voxel_size": -1}}, source="it")
    assert str(caught.value) == "FusionConfig.voxel_size: expected a positive number, got -1.0"


@dataclass(frozen=True, kw_only=True)
class Needy(Settings):
    """With a setting that has no default."""

    folder: Annotated[Path, Option()]
    """A folder."""
    pair: tuple[int, int] = (1, 2)
    """Two numbers."""
    kind: Literal["a", "b"] = "a"
    """One of two."""


def test_settings_without_a_default_have_to_be_given() -> None:
    with pytest.raises(FormatError, match=r"^it: the setting 'folder' is missing: expected a val"):
        settings_from_dict(Needy, {}, source="it")
    found = settings_from_dict(Needy, {"folder": "a/b", "pair": [3, 4]}, source="it")
    assert found == Needy(folder=Path("a/b"), pair=(3, 4))


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (tuple[int, int], [1, 2, 3], "it: expected 2 values, got 3"),
        (tuple[int, ...], [1, "b"], "it[1]: expected a whole number, got 'b'"),
        (tuple[int, ...], 3, "it: expected a list, got 3"),
        (Literal["a", "b"], "c", "it: expected one of a, b, got 'c'"),
        (Path, 3, "it: expected a path, got 3"),
        (int | None, "x", "it: expected a whole number or nothing (null), got 'x'"),
        (float, "nothing", "it: expected a number, got 'nothing'"),
        (float, False, "it: expected a number, got False"),
        (type(None), 0, "it: expected nothing (null), got 0"),
    ],
)
def test_wrong_types_are_named(kind: Any, value: object, told: str) -> None:
    with pytest.raises(FormatError) as caught:
        typed_value(kind, value, "it")
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (float, 3, 3.0),
        (float, "1e-3", 0.001),
        (int | None, None, None),
        (float | None, 2, 2.0),
        (str | int, 3, 3),
        (tuple[str, ...], ["a"], ("a",)),
        (Annotated[int, Option()], 3, 3),
        (Any, {"a": 1}, {"a": 1}),
    ],
)
def test_right_values_get_their_type(kind: Any, value: object, expected: object) -> None:
    found = typed_value(kind, value, "it")
    assert found == expected and type(found) is type(expected)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    def told(name: str, content: bytes | None) -> str:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError) as caught:
            read_settings(SegmentSettings, tmp_path / name, verb="segment")
        return str(caught.value).removeprefix(f"{tmp_path}/")

    assert told("no.yaml", None) == (
        "no.yaml: expected a settings file, got No such file or directory"
    )
    assert "no.json" in told("no.json", None)
    assert told("bad.yaml", b"a: [1, 2\nb: }").startswith("bad.yaml: expected YAML or JSON, got ")
    assert told("bytes.yaml", b"\xff\xfe\x00").startswith("bytes.yaml: expected YAML or JSON, got ")
    assert "bad.json" in told("bad.json", b"{")
    assert told("list.yaml", b"- 1\n") == "list.yaml: expected settings by name, got list"
    assert told("empty.yaml", b"") == "empty.yaml: expected settings by name, got nothing"
    assert told("other.yaml", b"verb: fit-splats\n") == (
        "other.yaml: expected settings of 'segment', got those of 'fit-splats'"
    )
    assert told("keys.yaml", b"1: 2\nx: 3\n").startswith("keys.yaml: unknown setting '1'")


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    (tmp_path / "evil.yaml").write_text("stride: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(FormatError, match=r"evil\.yaml: expected YAML or JSON"):
        read_settings(SegmentSettings, tmp_path / "evil.yaml", verb="segment")


def test_the_first_difference_is_named_down_to_the_nested_setting() -> None:
    one = settings_to_dict(SegmentSettings())
    assert first_difference(one, one) is None
    other = settings_to_dict(SegmentSettings(preset=FusionConfig(voxel_size=0.5)))
    assert first_difference(one, other) == Difference("preset.voxel_size", 0.025, 0.5)
    assert first_difference({"a": 1}, {}) == Difference("a", 1, "nothing")
    assert first_difference({"a": 1}, {"a": 2}, ignore=("a",)) is None
    assert first_difference({"a": {"b": 1}}, {"a": 2}) == Difference("a", {"b": 1}, 2)
    assert first_difference({}, {"a": 2}) is None


def test_settings_of_how_a_run_is_carried_out_are_marked() -> None:
    assert incidental_names(SegmentSettings) == {"device", "threads", "skip_check"}
    assert incidental_names(FitSettings) == {"threads", "skip_check"}
    assert replace(SegmentSettings(), threads=2) != SegmentSettings()
