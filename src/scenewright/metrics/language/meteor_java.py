"""METEOR 1.5 itself, run with Java, with its tables of synonyms and paraphrases.

The program is no part of this package. It is found in an installed ``pycocoevalcap``, or where the
caller says.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import MissingExtraError, ScenewrightError
from scenewright.metrics.language.meteor import NUM_STATISTICS, meteor_score, pooled_meteor
from scenewright.metrics.language.overlap import TextScore, check_captions

_JAR = "meteor-1.5.jar"
_MODULES = ("exact", "stem", "synonym", "paraphrase")
_WEIGHTS = (1.0, 0.6, 0.8, 0.6)
_TIMEOUT = 3600.0


def find_meteor() -> Path | None:
    """The file of METEOR 1.5 in an installed pycocoevalcap; None without it or without Java."""
    if shutil.which("java") is None:
        return None
    spec = importlib.util.find_spec("pycocoevalcap")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        jar = Path(folder) / "meteor" / _JAR
        if jar.is_file():
            return jar
    return None


def meteor15(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    jar: str | os.PathLike[str] | None = None,
    num_modules: int = len(_MODULES),
) -> TextScore:
    """METEOR 1.5 as caption benchmarks run it.

    Args:
        candidates: A caption per item, its words separated by spaces.
        references: Captions to compare it with, in the same form.
        jar: ``meteor-1.5.jar``, with its folder ``data`` beside it; None = that of pycocoevalcap.
        num_modules: How many of exact, stem, synonym and paraphrase to use.

    Raises:
        ShapeError: There is no caption, a caption has no references, or the counts differ.
        MissingExtraError: Java or METEOR is not found.
        ScenewrightError: METEOR fails.
    """
    check_captions(candidates, references)
    found = find_meteor() if jar is None else Path(jar)
    java = shutil.which("java")
    if found is None or java is None or not found.is_file():
        raise MissingExtraError(
            "METEOR 1.5 was not found",
            expected=f"Java, and {_JAR} in pycocoevalcap or at the given path",
            got="no Java" if java is None else f"no {jar or _JAR}",
            do="Install both, or use meteor_lite, which needs neither.",
        )
    names = " ".join(_MODULES[:num_modules])
    weights = " ".join(map(str, _WEIGHTS[:num_modules]))
    command = [
        java, "-Dfile.encoding=UTF-8", "-Xmx2G", "-jar", str(found.resolve()), "-", "-", "-stdio",
        "-l", "en", "-norm", "-m", names, "-w", weights,
    ]  # fmt: skip
    lines = [
        " ||| ".join(("SCORE", *map(_plain, many), _plain(one)))
        for one, many in zip(candidates, references, strict=True)
    ]
    rows = _run(command, lines)
    items = np.array([meteor_score(row) for row in rows])
    return TextScore(np.asarray(pooled_meteor(rows)), items)


def _plain(text: str) -> str:
    return " ".join(text.replace("|||", "").split())


def _run(command: Sequence[str], lines: Sequence[str]) -> NDArray[np.float64]:
    """The statistics that METEOR prints, one row per line."""
    text = "\n".join(lines) + "\n"
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, encoding="utf-8",
            timeout=_TIMEOUT, check=False,
        )  # fmt: skip
        rows = [[float(word) for word in line.split()] for line in done.stdout.splitlines()]
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ScenewrightError("METEOR failed", got=f"{error}") from error
    if len(rows) != len(lines) or any(len(row) != NUM_STATISTICS for row in rows):
        raise ScenewrightError(
            "METEOR failed",
            expected=f"{len(lines)} lines of {NUM_STATISTICS} numbers",
            got=f"{len(rows)} lines; {done.stderr.strip()[-300:] or 'no message'}",
        )
    return np.array(rows)
