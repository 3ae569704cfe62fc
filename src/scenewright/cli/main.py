"""Entry point of ``scenewright``: finds the verb, parses its options, reports its errors.

Only the standard library is imported here, so that the list of verbs shows at once.
"""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scenewright._version import __version__

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal

USAGE_ERROR = 2
INTERRUPTED = 130
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))

VERBS = {
    "segment": "turn a capture into a scene of separate objects",
    "fit-splats": "fit surfels to the pictures of a capture",
    "decompose": "divide surfels into objects",
    "render": "draw surfels: views, or a turn around them",
    "batch": "segment many captures at once, and go on where it stopped",
    "check": "look for what is wrong with a capture",
    "info": "say what a file or folder is: axes, unit, frames, objects",
    "convert": "write a scene in another format, chosen by suffix",
    "evaluate": "measure a scene against the truth",
    "train": "teach the small networks of the package on made worlds",
    "demo": "make a room, segment it and measure the result",
    "data": "make worlds, captures with truth, or training shards",
    "models": "list backends, or show the facts about one",
    "doctor": "show versions, threads and what optional packages would add",
}
"""Name of each verb's module in `scenewright.cli.verbs`, and what it does."""

_EXAMPLES = (
    "scenewright demo",
    "scenewright segment my-capture/ -o my-run/",
    "scenewright segment my-capture/ --masks my-masks/ --voxel-size 0.02",
    "scenewright fit-splats my-capture/ -o my-splats/ --preset preview",
    "scenewright decompose my-splats/ -o my-objects/",
    "scenewright render my-objects/ --turntable",
    "scenewright evaluate my-run/ my-capture/gt_points.ply",
)


def main(args: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        args: Arguments without the program's name; None takes those of the process.

    Returns:
        Exit code: 0 done, 1 an error that the user can mend, 2 wrong usage, 130 interrupted.
    """
    words = list(sys.argv[1:] if args is None else args)
    if words and words[0] == "--version":
        sys.stdout.write(f"scenewright {__version__}\n")
        return 0
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(help_text())
        return 0 if words else USAGE_ERROR
    if words[0] not in VERBS:
        sys.stderr.write(_unknown_verb(words[0]))
        return USAGE_ERROR
    return _run_verb(words[0], words[1:])


def help_text() -> str:
    """What ``scenewright --help`` shows."""
    width = max(map(len, VERBS))
    return "\n".join(
        [
            "usage: scenewright VERB [OPTIONS]",
            "",
            "Turns a capture with known camera poses into a scene of separate objects.",
            "",
            "verbs:",
            *(f"  {name:<{width}}  {summary}" for name, summary in VERBS.items()),
            "",
            "options:",
            "  -h, --help  show this help; 'scenewright VERB --help' shows that of a verb",
            "  --version   show the version",
            "",
            "examples:",
            *(f"  {line}" for line in _EXAMPLES),
            "",
        ]
    )


def _unknown_verb(word: str) -> str:
    near = difflib.get_close_matches(word, VERBS, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return (
        f"error: there is no verb '{word}': expected one of {', '.join(VERBS)}.{hint}\n"
        "Run 'scenewright --help' for what they do.\n"
    )


def _run_verb(name: str, words: list[str]) -> int:
    import tyro

    verb = importlib.import_module(f"scenewright.cli.verbs.{name.replace('-', '_')}")
    try:
        options = tyro.cli(
            verb.Options,
            prog=f"scenewright {name}",
            args=words,
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE_ERROR

    from scenewright.cli.terminal import Terminal

    terminal = Terminal(quiet=options.quiet)
    try:
        code: int = verb.run(options, terminal)
    except KeyboardInterrupt:
        terminal.complain("interrupted")
        return INTERRUPTED
    except Exception as error:
        if options.debug:
            raise
        return _report(error, terminal)
    return code


def _report(error: Exception, terminal: Terminal) -> int:
    """Shows an error that was raised on purpose; every other is a defect of ours and goes on."""
    from scenewright.core import OutputError, ScenewrightError

    if isinstance(error, BrokenPipeError):
        # The reader (head, less) has seen enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, OSError) and error.filename and not isinstance(error, ScenewrightError):
        error = ScenewrightError(
            f"Cannot use {error.filename}",
            got=error.strerror,
            do="Check the path and its permissions.",
        )
    if isinstance(error, OSError) and not error.filename and error.errno in _NO_ROOM:
        # Our own files name themselves; what is left are caches, of compiled code above all.
        error = OutputError(
            "Cannot keep compiled code or another temporary file",
            got=error.strerror,
            do="Free some space, or set NUMBA_CACHE_DIR to a folder on another disk.",
        )
    if not isinstance(error, ScenewrightError):
        raise error
    terminal.report(error)
    return 1


if __name__ == "__main__":
    sys.exit(main())
