"""Packages that only an extra installs: imported when needed, with the cure when missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from scenewright.core.errors import MissingExtraError


def require(package: str, *, extra: str) -> ModuleType:
    """Imports an optional package.

    Args:
        package: Import name, such as ``"torch"``.
        extra: The extra of Scenewright that installs it.

    Raises:
        MissingExtraError: It is not installed; the message holds the install line.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f"The package '{package}' is not installed",
            do=f'Install it with: pip install "scenewright[{extra}]"',
        ) from error
