"""Optional packages: imported when needed, with an error that says how to install them."""

from __future__ import annotations

import importlib
from types import ModuleType

from scenewright.core.errors import MissingExtraError

UPDATE_HINT = "Update Scenewright: in its checkout, run git pull, then pip install ."
"""Advice for files that a newer release wrote."""


def install_command(extra: str) -> str:
    """The command that installs an extra from a checkout; the package is not on an index yet."""
    return f'pip install ".[{extra}]"'


def install_hint(extra: str) -> str:
    """The sentence for error messages that says how to install an extra of Scenewright."""
    return f"In a checkout of Scenewright, install it with: {install_command(extra)}"


def require(package: str, *, extra: str) -> ModuleType:
    """Imports an optional package.

    Args:
        package: Import name, such as ``"torch"``.
        extra: The extra of Scenewright that installs it.

    Raises:
        MissingExtraError: It is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f"The package '{package}' is not installed",
            do=install_hint(extra),
        ) from error
