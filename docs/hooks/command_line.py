"""The page "Command line": the help of the command and of each of its verbs.

The text is what the command itself prints, so that the page cannot differ from it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

SOURCE = Path(__file__).resolve().parents[2] / "src"
PAGE = "command-line.md"

_VERB = re.compile(r"^  ([a-z][a-z-]*)  ", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the page."""
    overview = help_text()
    verbs = _VERB.findall(overview.partition("verbs:")[2].partition("\n\n")[0])
    parts = [f"# Command line\n\n``` text\n{overview}\n```\n"]
    parts += [f"## {verb}\n\n``` text\n{help_text(verb)}\n```\n" for verb in verbs]
    files.append(File.generated(config, PAGE, content="\n".join(parts)))
    return files


def help_text(*verb: str) -> str:
    """What ``scenewright [VERB] --help`` prints, without colors, 88 columns wide."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "88", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "scenewright", *verb, "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=True, env=environment
    )
    return done.stdout.strip("\n")
