"""Optional packages and how to install them."""

from __future__ import annotations

import pytest

from scenewright.core import MissingExtraError, require
from scenewright.core.optional import install_command, install_hint


def test_missing_package_names_its_extra() -> None:
    assert require("json", extra="torch").__name__ == "json"
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package_xyz", extra="torch")
    assert str(caught.value) == (
        "The package 'no_such_package_xyz' is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[torch]"'
    )
    assert isinstance(caught.value, ImportError)


def test_the_hint_holds_the_command() -> None:
    assert install_command("splats") == 'pip install ".[splats]"'
    assert install_hint("splats").endswith(install_command("splats"))
