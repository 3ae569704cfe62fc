"""The folder next to a run that holds the checkpoint of a long job until the run is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from scenewright.core import FormatError, OutputError
from scenewright.io.atomic import remove_unfinished
from scenewright.runs.folder import CONFIG, REPORT, RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport

CHECKPOINT = "checkpoint.safetensors"
ENDING = ".unfinished"
"""Suffix of the folder, after the name of the run."""


class UnfinishedRun:
    """An incomplete run: its inputs, settings and checkpoint.

    Args:
        output: The future run folder.
        report: Report with verb, inputs and settings.
        settings: The same settings.
    """

    def __init__(self, output: Path, report: RunReport, settings: Settings) -> None:
        self.folder = RunFolder(unfinished_folder(output))
        self._report = report
        self._settings = settings

    @property
    def checkpoint(self) -> Path:
        """The file that the job is resumed from."""
        return self.folder.path / CHECKPOINT

    def start(self, *, overwrite: bool) -> None:
        """Makes the folder for a new job.

        Raises:
            OutputError: An unfinished job or something else is in its place.
        """
        if self.checkpoint.is_file() and not overwrite:
            raise OutputError(
                f"There is an unfinished run: {self.folder.path}",
                expected="no checkpoint, or --resume (resume=True) to continue it",
                got=f"the file {CHECKPOINT}",
                do="Add --resume to continue it, or --overwrite to start over.",
            )
        self.remove()
        path = self.folder.path
        if path.exists():
            raise OutputError(
                f"Cannot write the checkpoint of the run to {path}",
                expected="no existing folder of that name",
                got="a folder with other files" if path.is_dir() else "a file of that name",
                do="Delete it, or choose another output.",
            )
        self.folder.claim(self._report, settings=self._settings)

    def resume(self, *, ignore: Collection[str] = ()) -> None:
        """Checks that the folder holds a checkpoint of the same job.

        Args:
            ignore: Names of settings that may have changed.

        Raises:
            FormatError: There is no checkpoint, or it belongs to another job.
        """
        if not self.checkpoint.is_file():
            raise FormatError(
                f"There is no run to resume: {self.checkpoint}",
                expected="the checkpoint of a run that was interrupted",
                got="no such file",
                do="Omit --resume to start a new run.",
            )
        different = RunFolder.open(self.folder.path).difference(
            self._report.verb, inputs=self._report.inputs, settings=self._settings, ignore=ignore
        )
        if different is not None:
            raise FormatError(
                f"{self.folder.path} was made with other settings",
                expected=f"{different.name} {different.found}",
                got=f"{different.name} {different.wanted}",
                do="Use the same input and options as before.",
            )

    def remove(self) -> None:
        """Removes the folder if it contains only our files."""
        if not self.folder.path.is_dir():
            return
        for name in (CHECKPOINT, REPORT, CONFIG):
            # A process that was killed while it wrote them leaves parts.
            remove_unfinished(self.folder.path / name)
        names = {path.name for path in self.folder.path.iterdir()}
        if names <= {CHECKPOINT, REPORT, CONFIG}:
            shutil.rmtree(self.folder.path)


def unfinished_folder(output: Path) -> Path:
    """The folder that holds the checkpoint of a run until the run is written.

    Args:
        output: The future run folder.
    """
    run = Path(os.path.abspath(output))
    return run.with_name(run.name + ENDING)
