"""The code keeps to the limits of CONTRIBUTING.md; the script that measures them finds faults."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "structure.py"


@pytest.fixture(scope="module")
def structure() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("structure", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["structure"] = module
    spec.loader.exec_module(module)
    return module


def test_all_goals_of_the_structure_are_met() -> None:
    command = [sys.executable, str(SCRIPT), "--no-times", "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "MISSED" not in done.stdout


def test_faults_are_found(structure: ModuleType, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    wide = ", ".join(f"a{i}" for i in range(8))
    long = "\n".join("    x = 1" for _ in range(81))
    code = f"def wide({wide}):\n    return 1\n\n\ndef long() -> None:\n{long}\n" + "\n" * 400
    (package / "module.py").write_text(code)
    modules = structure.read_modules(package)
    rows = {row.what: row for row in structure.size_rows(modules)}
    assert [row.value for row in rows.values()][:3] == ["1", "1", "1"]
    public = structure.public_rows(modules)
    assert [row.met for row in public] == [False, False]
    (tested,) = [row for row in structure.test_rows(modules, []) if "without a test" in row.what]
    assert not tested.met and "module.py" in tested.offenders[0]


def test_kernels_are_counted_apart(structure: ModuleType, tmp_path: Path) -> None:
    wide = ", ".join(f"a{i}" for i in range(9))
    (tmp_path / "module.py").write_text(f"@njit(cache=True)\ndef kernel({wide}):\n    return 1\n")
    rows = structure.size_rows(structure.read_modules(tmp_path))
    counts = {row.what: row.value for row in rows}
    assert counts["functions with more than 7 parameters, outside kernels"] == "0"
    assert counts["the same among kernels"] == "1"
