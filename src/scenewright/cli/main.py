"""Entry point of ``scenewright``: finds the verb, parses its options, reports its errors.

Only the standard library is imported here, so that the list of verbs appears immediately.
"""

from __future__ import annotations

import difflib
import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scenewright._version import __version__
from scenewright.pipelines.table import VERBS

if TYPE_CHECKING:
    from scenewright.cli.parser import Call
    from scenewright.cli.terminal import Terminal

USAGE_ERROR = 2
INTERRUPTED = 130
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))

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
        args: Arguments without the program name; None takes those of the process.

    Returns:
        Exit code: 0 success, 1 an error that the user can fix, 2 wrong usage, 130 interrupted.
    """
    words = list(sys.argv[1:] if args is None else args)
    if words and words[0] == "--version":
        sys.stdout.write(f"scenewright {__version__}\n")
        return 0
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(help_text())
        return 0 if words else USAGE_ERROR
    name, rest = _split_verb(words)
    if name not in VERBS:
        sys.stderr.write(_unknown_verb(name))
        return USAGE_ERROR
    return _run_verb(name, rest)


def help_text() -> str:
    """The output of ``scenewright --help``."""
    width = max(map(len, VERBS))
    return "\n".join(
        [
            "usage: scenewright VERB [OPTIONS]",
            "",
            "Turns a capture with known camera poses into a scene of separate objects.",
            "",
            "verbs:",
            *(f"  {name:<{width}}  {verb.summary}" for name, verb in VERBS.items()),
            "",
            "options:",
            "  -h, --help  show this help; 'scenewright VERB --help' shows the help of a verb",
            "  --version   show the version",
            "",
            "examples:",
            *(f"  {line}" for line in _EXAMPLES),
            "",
        ]
    )


def _split_verb(words: list[str]) -> tuple[str, list[str]]:
    """The verb, which may be two words, and the words after it."""
    two = " ".join(words[:2])
    return (two, words[2:]) if two in VERBS else (words[0], words[1:])


def _unknown_verb(word: str) -> str:
    near = [name for name in VERBS if name.split()[0] == word]
    near = near or difflib.get_close_matches(word, VERBS, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return (
        f"error: unknown verb '{word}': expected one of {', '.join(VERBS)}.{hint}\n"
        "Run 'scenewright --help' for descriptions.\n"
    )


def _run_verb(name: str, words: list[str]) -> int:
    from scenewright.cli.parser import parse

    debug = "--debug" in words
    try:
        call = parse(VERBS[name], words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE_ERROR
    except Exception as error:
        if debug:
            raise
        return _report(error, _terminal(quiet=False))
    terminal = _terminal(quiet=call.common.quiet)
    try:
        return _carry_out(call, terminal)
    except KeyboardInterrupt:
        terminal.complain("interrupted")
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        return _report(_in_words_of_the_command(error, call), terminal)


def _carry_out(call: Call, terminal: Terminal) -> int:
    verb = call.verb
    function = verb.run()
    if verb.is_long:
        with terminal.progress() as progress:
            result = function(**call.keywords, progress=progress)
    else:
        result = function(**call.keywords)
    return verb.show()(result, call.settings, terminal)


def _in_words_of_the_command(error: Exception, call: Call) -> Exception:
    """The error with options instead of values in Python, where they are known."""
    from scenewright.cli.parser import named_by_option
    from scenewright.core import ScenewrightError

    if not isinstance(error, ScenewrightError):
        return error
    return named_by_option(error, type(call.settings))


def _terminal(*, quiet: bool) -> Terminal:
    from scenewright.cli.terminal import Terminal

    return Terminal(quiet=quiet)


def _report(error: Exception, terminal: Terminal) -> int:
    """Shows an expected error; any other is a bug of ours and is raised again."""
    from scenewright.core import OutputError, ScenewrightError

    if isinstance(error, BrokenPipeError):
        # The reader (head, less) closed the pipe; Python would report that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, OSError) and error.filename and not isinstance(error, ScenewrightError):
        error = ScenewrightError(
            f"Cannot use {error.filename}",
            got=error.strerror,
            do="Check the path and its permissions.",
        )
    if isinstance(error, OSError) and not error.filename and error.errno in _NO_ROOM:
        # Errors of our files name the file; the rest are caches, mostly of compiled code.
        error = OutputError(
            "Cannot write compiled code or another temporary file",
            got=error.strerror,
            do="Free some space, or set NUMBA_CACHE_DIR to a folder on another disk.",
        )
    if not isinstance(error, ScenewrightError):
        raise error
    terminal.report(error)
    return 1


if __name__ == "__main__":
    sys.exit(main())
