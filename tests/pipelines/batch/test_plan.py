"""The plan of a batch: names, jobs, finished runs, locks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import ConventionError, OutputError, UnknownNameError
from scenewright.fusion import FusionConfig, OnlineAnySegConfig
from scenewright.pipelines.batch._plan import (
    Job,
    batch_verb,
    can_resume,
    is_done,
    is_whole,
    make_jobs,
    only_batch,
    run_names,
)
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.render.settings import RenderSettings
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.table import VERBS
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.unfinished import UnfinishedRun

NAMES = st.lists(st.sampled_from(["room", "Room", "a", "b", "a-room"]), min_size=1, max_size=3)
SEGMENT = VERBS["segment"]
PUBLISHED_METHOD = FusionConfig(method=OnlineAnySegConfig())


def folders(*paths: str) -> list[Path]:
    return [Path(path) for path in paths]


# Names.


def test_runs_are_named_like_their_inputs_and_their_parents_where_needed() -> None:
    assert run_names(folders("/x/room", "/x/hall")) == ["room", "hall"]
    assert run_names(folders("/x/room", "/y/room", "/y/hall")) == ["x-room", "y-room", "hall"]
    assert run_names(folders("/p/x/room", "/q/x/room")) == ["p-x-room", "q-x-room"]
    assert run_names(folders("/room", "/y/room", "/z/y-room")) == ["room", "y-room", "z-y-room"]
    assert run_names(folders("/x/Room", "/y/room")) == ["x-Room", "y-room"]
    assert run_names(folders("/x/batch.md", "/x/Report.json")) == ["x-batch.md", "x-Report.json"]
    assert run_names(folders("/")) == ["input"]


@given(paths=st.lists(NAMES.map(lambda parts: "/" + "/".join(parts)), min_size=1, unique=True))
def test_names_differ_and_depend_on_the_set_of_inputs_alone(paths: list[str]) -> None:
    try:
        names = run_names(folders(*paths))
    except ConventionError as error:
        assert error.what == "Names of the inputs"
        return
    assert len({name.casefold() for name in names}) == len(paths)
    for path, name in zip(paths, names, strict=True):
        assert path.replace("/", "-").endswith(f"-{name}")
    assert run_names(folders(*paths[::-1])) == names[::-1]


def test_inputs_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ConventionError, match="Inputs of the batch: expected at least one, got"):
        run_names([])
    with pytest.raises(ConventionError, match="expected each once, got /x/room twice"):
        run_names(folders("/x/room", "/y/room", "/x/room"))
    with pytest.raises(ConventionError, match="a unique name, got 'a-b' for /a/b and another"):
        run_names(folders("/a/b", "/a-b", "/x/b", "/y/a-b"))


# Jobs.


def test_verbs_that_make_one_run_of_one_input_can_be_batched() -> None:
    possible = [name for name, verb in VERBS.items() if verb.makes_run]
    assert possible == ["segment", "fit-splats", "decompose", "complete", "render"]
    assert batch_verb("render") is VERBS["render"]
    for name in ("demo", "batch", "dance"):
        with pytest.raises(UnknownNameError) as caught:
            batch_verb(name)
        assert str(caught.value) == (
            f"The verb '{name}' cannot be run as a batch: "
            "expected one of segment, fit-splats, decompose, complete, render"
        )


def test_masks_of_a_path_are_those_of_each_capture(tmp_path: Path) -> None:
    settings = SegmentSettings(masks="masks/{name}")
    captures = [tmp_path / "x" / "room", tmp_path / "y" / "room"]
    jobs = make_jobs(SEGMENT, captures, tmp_path / "out", settings)
    assert [masks_of(job) for job in jobs] == [
        str(Path.cwd() / "masks" / "x-room"),
        str(Path.cwd() / "masks" / "y-room"),
    ]
    assert [job.run for job in jobs] == [tmp_path / "out" / "x-room", tmp_path / "out" / "y-room"]
    assert {job.verb for job in jobs} == {"segment"}
    settings = SegmentSettings(masks="{capture}/instance")
    jobs = make_jobs(SEGMENT, captures, tmp_path / "out", settings)
    assert masks_of(jobs[1]) == str(tmp_path / "y" / "room" / "instance")
    jobs = make_jobs(SEGMENT, captures, tmp_path, SegmentSettings(masks="masks/depth-edges"))
    assert {masks_of(job) for job in jobs} == {"masks/depth-edges"}


def masks_of(job: Job) -> str:
    assert isinstance(job.settings, SegmentSettings)
    return job.settings.masks


def test_run_folders_are_named_as_the_verb_names_them(tmp_path: Path) -> None:
    inputs = [tmp_path / "hall", tmp_path / "room"]
    jobs = make_jobs(VERBS["fit-splats"], inputs, tmp_path / "out", FitSettings())
    assert [job.run.name for job in jobs] == ["hall-splats", "room-splats"]
    jobs = make_jobs(VERBS["render"], inputs, tmp_path / "out", RenderSettings(turntable=True))
    assert [job.run.name for job in jobs] == ["hall-pictures", "room-pictures"]
    assert [job.name for job in jobs] == ["hall", "room"]


def test_one_folder_of_masks_for_many_captures_is_refused(tmp_path: Path) -> None:
    captures = [tmp_path / "a", tmp_path / "b"]
    with pytest.raises(UnknownNameError) as caught:
        make_jobs(SEGMENT, captures, tmp_path, SegmentSettings(masks=str(tmp_path / "masks")))
    assert str(caught.value).startswith(f"Masks '{tmp_path / 'masks'}' for 2 captures: expected a")
    assert str(caught.value).endswith(
        "or a path per capture, got one path for all. Put {capture} (folder of the capture) "
        "or {name} (name of its run) into the path."
    )
    (one,) = make_jobs(SEGMENT, captures[:1], tmp_path, SegmentSettings(masks="/masks"))
    assert masks_of(one) == "/masks"


# What is done already.


def with_settings(job: Job, **changes: Any) -> Job:
    return replace(job, settings=replace(job.settings, **changes))


def test_a_run_with_the_same_settings_is_done(job: Job) -> None:
    assert is_done(job, overwrite=False) and is_done(job, overwrite=True)
    assert is_whole(job)
    for same in (
        {"threads": 2},
        {"device": "cuda"},
        {"skip_check": True},
        {"layout": "plain"},
        {"voxel_size": 0.025},
    ):
        assert is_done(with_settings(job, **same), overwrite=False)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("masks", "/nowhere", "masks = /nowhere"),
        ("masks", "masks/depth-edges", "masks = masks/depth-edges"),
        ("mask_suffix", ".segm", "mask_suffix = .segm"),
        ("weights", "file:other.safetensors", "weights = file:other.safetensors"),
        ("preset", "onlineanyseg", "preset.max_depth = 5.0"),
        ("preset", PUBLISHED_METHOD, "preset.method.keyframe_interval = 10"),
        ("min_score", 0.4, "preset.min_score = 0.4"),
        ("keep_fragments", True, "preset.min_score = 0.0"),
        ("voxel_size", 0.0315, "preset.voxel_size = 0.0315"),
        ("max_depth", 3.25, "preset.max_depth = 3.25"),
        ("stride", 2, "stride = 2"),
        ("layout", "tum", "layout = tum"),
        ("id_maps", True, "id_maps = True"),
    ],
)
def test_a_run_with_other_settings_is_refused_or_replaced(
    name: str, value: object, told: str, job: Job
) -> None:
    other = with_settings(job, **{name: value})
    assert not is_whole(other)
    assert not is_done(other, overwrite=True)
    with pytest.raises(OutputError) as caught:
        is_done(other, overwrite=False)
    assert caught.value.what == f"The run {job.run} was made with other settings"
    assert caught.value.expected == told
    assert caught.value.got is not None
    assert caught.value.got.startswith(f"{told.partition(' = ')[0]} = ")
    assert caught.value.do is not None and "--overwrite" in caught.value.do


def test_a_run_of_another_input_is_refused(job: Job) -> None:
    other = replace(job, source=Path("/elsewhere/room"))
    with pytest.raises(OutputError, match="expected input = /elsewhere/room, got input = "):
        is_done(other, overwrite=False)


def test_a_run_of_another_verb_is_never_replaced(job: Job) -> None:
    other = replace(job, verb="render", settings=RenderSettings())
    with pytest.raises(OutputError, match="expected verb = render, got verb = segment"):
        is_done(other, overwrite=False)
    with pytest.raises(OutputError, match="an older run of 'render', got a run of 'segment'"):
        is_done(other, overwrite=True)


def test_folders_without_a_report_are_no_runs(job: Job, tmp_path: Path) -> None:
    absent = replace(job, run=tmp_path / "run")
    assert not is_done(absent, overwrite=False) and not is_whole(absent)
    absent.run.mkdir()
    assert not is_done(absent, overwrite=False)
    (absent.run / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="got an existing folder"):
        is_done(absent, overwrite=False)
    with pytest.raises(OutputError, match="Will not replace"):
        is_done(absent, overwrite=True)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "scenewright-run", "version": 1}'])
def test_a_run_whose_report_is_lost_is_not_done(text: str, job: Job, tmp_path: Path) -> None:
    run = Path(shutil.copytree(job.run, tmp_path / "run"))
    (run / "report.json").write_text(text)
    lost = replace(job, run=run)
    if "scenewright-run" in text:
        assert not is_done(lost, overwrite=True)
    else:
        with pytest.raises(OutputError, match="damaged or from another program"):
            is_done(lost, overwrite=True)
    with pytest.raises(OutputError, match=r"got report\.json = a damaged file or an older version"):
        is_done(lost, overwrite=False)


def test_a_run_that_is_not_finished_is_not_done(job: Job, tmp_path: Path) -> None:
    begun = replace(job, run=tmp_path / "run")
    report = RunFolder.open(job.run).report
    RunFolder(begun.run).update(replace(report, finished=False))
    assert not is_whole(begun)
    with pytest.raises(OutputError, match=r"got report\.json = an unfinished run"):
        is_done(begun, overwrite=False)


def test_the_checkpoint_of_the_same_fit_is_resumed(job: Job, tmp_path: Path) -> None:
    settings = FitSettings(steps=9)
    fit = Job("fit-splats", "room", tmp_path / "room", tmp_path / "out" / "room-splats", settings)
    assert not can_resume(fit) and not can_resume(job)
    inputs = {"capture": str(fit.source), "layout": "plain", "run": None}
    report = RunReport(
        verb="fit-splats", inputs=inputs, settings=settings_to_dict(settings), finished=False
    )
    begun = UnfinishedRun(fit.run, report, settings)
    begun.start(overwrite=False)
    assert not can_resume(fit)
    begun.checkpoint.write_bytes(b"state")
    assert can_resume(fit) and can_resume(with_settings(fit, threads=3, layout="plain"))
    assert not can_resume(with_settings(fit, steps=10))
    assert not can_resume(replace(fit, source=tmp_path / "hall"))


# Locks.


def test_two_batches_do_not_meet_in_one_folder(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with only_batch(out):
        with pytest.raises(OutputError, match="got another batch that is running"), only_batch(out):
            pass
        assert [path.name for path in out.iterdir()] == [".batch.lock"]
    assert list(tmp_path.iterdir()) == []
    with only_batch(out):
        (out / "run").mkdir()
    assert [path.name for path in out.iterdir()] == ["run"]
