"""``python -m scenewright``: the command where its script is not on the path."""

from __future__ import annotations

import sys


def _main() -> int:
    from scenewright.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(_main())
