"""The folder that a run of a verb writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from scenewright.core import FormatError, OutputError, Scene
from scenewright.io import atomic_folder, load_scene, read_json, write_json
from scenewright.io.atomic import FolderState, check_replaceable, remove_unfinished
from scenewright.runs.options import Settings
from scenewright.runs.report import FORMAT, RunReport, report_from_dict
from scenewright.runs.settings_files import (
    VERB_KEY,
    Difference,
    first_difference,
    incidental_names,
    settings_to_dict,
)

REPORT = "report.json"
"""File that marks a run folder; a folder without it is never replaced."""
CONFIG = "config.json"
SCENE = "scene"


class RunDraft:
    """A run folder while it is being written.

    Attributes:
        path: Where to write; becomes the run folder when the block ends without an error.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def finish(self, report: RunReport) -> None:
        """Writes the report and the settings."""
        _write_report(self.path, report)


class RunFolder:
    """The folder of a run: the report, the settings, and the output of the verb.

    ``` run = RunFolder.create("my-run", verb="segment")    # fails now if it cannot be written with
    run.writing() as draft:
        save(scene, draft.path / "scene")
        draft.finish(report)
    ```

    Args:
        path: The folder, which need not exist yet.
        overwrite: Whether an older run may be replaced.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: str | Path, *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        self._seen = FolderState.of(path)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @classmethod
    def create(cls, path: str | Path, *, verb: str, overwrite: bool = False) -> RunFolder:
        """A new run folder; fails before the work if it could not be written after it.

        Args:
            path: The folder to make.
            verb: Verb of the run; runs of other verbs are never replaced.
            overwrite: Whether an older run may be replaced.

        Raises:
            OutputError: The folder exists and may not be replaced, holds something else, is in
                use, or cannot be written.
        """
        check_replaceable(path, overwrite=overwrite, marker=REPORT, marker_format=FORMAT)
        older = _verb_of(Path(path))
        if older not in (None, verb):
            raise OutputError(
                f"Will not replace {path}",
                expected=f"an older run of '{verb}'",
                got=f"a run of '{older}'",
                do="Choose another name, or delete that folder yourself.",
            )
        return cls(path, overwrite=overwrite)

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """An existing run folder.

        Raises:
            FormatError: It is not a run folder, is of another version, or is damaged.
        """
        run = cls(path)
        if not cls.is_run(path):
            got = "something else" if run.path.exists() else "no such path"
            raise FormatError(
                f"{path}", expected=f"a run folder (one that contains {REPORT})", got=got
            )
        run.report  # noqa: B018  (reads it, or says what is wrong with it)
        return run

    @staticmethod
    def is_run(path: str | Path) -> bool:
        """Whether a folder contains a report."""
        return (Path(path) / REPORT).is_file()

    @cached_property
    def report(self) -> RunReport:
        """The report of a run that was opened.

        Raises:
            FormatError: It is damaged or of another version.
        """
        file = self.path / REPORT
        return report_from_dict(read_json(file), source=str(file))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The resolved settings, JSON values."""
        return self.report.settings

    @property
    def has_scene(self) -> bool:
        """Whether the run made a scene."""
        return (self.path / SCENE / "scene.json").is_file()

    def scene(self) -> Scene:
        """Loads the scene of the run.

        Raises:
            FormatError: There is none, or it is damaged.
        """
        return load_scene(self.path / SCENE)

    @property
    def capture(self) -> Path | None:
        """The capture that the run was made from, or None if unknown."""
        named = self.report.inputs.get("capture")
        return None if named is None else Path(str(named))

    def difference(
        self,
        verb: str,
        *,
        inputs: Mapping[str, Any],
        settings: Settings,
        ignore: Collection[str] = (),
    ) -> Difference | None:
        """The first value in which this run differs from another one.

        Settings that affect only how a run is executed do not count.

        Args:
            verb: Verb of the other run.
            inputs: Inputs of the other run; inputs that are not listed do not count.
            settings: Settings of the other run.
            ignore: Names of other settings that do not count.
        """
        if self.report.verb != verb:
            return Difference("verb", verb, self.report.verb)
        different = first_difference(inputs, self.report.inputs)
        if different is not None:
            return different
        ignored = incidental_names(type(settings)) | set(ignore)
        return first_difference(settings_to_dict(settings), self.settings, ignore=ignored)

    def matches(self, verb: str, *, inputs: Mapping[str, Any], settings: Settings) -> bool:
        """Whether the run is complete and was made by a verb from the same inputs and settings."""
        different = self.difference(verb, inputs=inputs, settings=settings)
        return self.report.finished and different is None

    @contextmanager
    def writing(self) -> Iterator[RunDraft]:
        """Writes the folder atomically.

        Raises:
            OutputError: The folder cannot be written, and nothing is left behind; or another run
                has written it since this object was made, and the output has another name.
        """
        with atomic_folder(
            self.path,
            overwrite=self._overwrite,
            marker=REPORT,
            marker_format=FORMAT,
            seen=self._seen,
        ) as folder:
            yield RunDraft(folder)

    def claim(
        self,
        report: RunReport,
        *,
        settings: Settings,
        ignore: Collection[str] = (),
        clear: Callable[[Path], None] | None = None,
    ) -> bool:
        """Starts or continues a run whose folder is filled piece by piece.

        Args:
            report: Report with verb, inputs and settings; it is written as unfinished.
            settings: The same settings.
            ignore: Names of settings in which the earlier part of the run may differ.
            clear: Removes what a run with other settings made. It is called before the report is
                replaced, so that a folder never mixes the files of one run with the report of
                another, wherever it is interrupted.

        Returns:
            Whether the folder is new, or was replaced.

        Raises:
            OutputError: The folder holds something else, the run of another verb, or a run with
                other settings that may not be replaced.
        """
        fresh = True
        if self.is_run(self.path):
            earlier = RunFolder.open(self.path)
            found = earlier.difference(
                report.verb, inputs=report.inputs, settings=settings, ignore=ignore
            )
            if found is not None and found.name == "verb":
                # Its files would be mixed with those of this run.
                raise OutputError(
                    f"Cannot write into {self.path}",
                    expected=f"a run of '{report.verb}', or no folder yet",
                    got=f"a run of '{found.found}'",
                    do="Choose another folder.",
                )
            if found is not None and not self._overwrite:
                raise OutputError(
                    f"{self.path} was made with other settings",
                    expected=f"{found.name} = {found.wanted}",
                    got=f"{found.name} = {found.found}",
                    do="Choose another folder, or add --overwrite (overwrite=True) to replace it.",
                )
            fresh = found is not None
            if fresh and clear is not None:
                earlier.update(replace(earlier.report, finished=False))
                clear(self.path)
        elif not _is_torn(self.path):
            check_replaceable(
                self.path, overwrite=self._overwrite, marker=REPORT, marker_format=FORMAT
            )
        self.update(report)
        return fresh

    def release(self) -> None:
        """Removes a claimed folder that contains nothing but its report."""
        if {path.name for path in self.path.iterdir()} <= {CONFIG, REPORT}:
            shutil.rmtree(self.path)

    def update(self, report: RunReport) -> None:
        """Writes the report of a folder that is filled piece by piece."""
        self.path.mkdir(parents=True, exist_ok=True)
        _write_report(self.path, report)
        self.__dict__.pop("report", None)


def _verb_of(folder: Path) -> str | None:
    """The verb of an older run; None if there is none, or its report can no longer be read."""
    if not RunFolder.is_run(folder):
        return None
    try:
        return RunFolder.open(folder).report.verb
    except FormatError:
        return None


def _is_torn(folder: Path) -> bool:
    """Whether a folder holds only what a process leaves that was killed while claiming it."""
    if not folder.is_dir():
        return False
    for name in (CONFIG, REPORT):
        remove_unfinished(folder / name)
    return {path.name for path in folder.iterdir()} == {CONFIG}


def _write_report(folder: Path, report: RunReport) -> None:
    write_json(folder / CONFIG, {VERB_KEY: report.verb, **report.settings})
    write_json(folder / REPORT, report.as_dict())
