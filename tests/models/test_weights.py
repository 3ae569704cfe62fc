"""References of weights: how they are parsed, found, downloaded and refused."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from scenewright.core import WeightsError
from scenewright.models import weights as weights_module
from scenewright.models.weights import (
    WeightsRef,
    find_weights,
    hub_cache,
    parse_weights,
    resolve_weights,
)
from tests.models.hub_builders import COMMIT, FakeHub, serve

GRAMMAR = "expected builtin:NAME, file:PATH or hub:ORG/REPO[@REVISION][:FILE]"
WORD = st.text("abcXYZ019._-", min_size=1, max_size=8).filter(lambda text: ".." not in text)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache and no network, whatever the machine has."""
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_checkpoint(folder: Path, *, value: float = 1.0) -> Path:
    """A folder that looks like a checkpoint."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "sam"}')
    save_file({"a": np.full(3, value, np.float32)}, folder / "model.safetensors")
    return folder


def write_cached(cache: Path, repo: str, *, revision: str = "main") -> Path:
    """A repository in the cache, as huggingface_hub lays it out."""
    folder = cache / "hub" / f"models--{repo.replace('/', '--')}"
    note = folder / "refs" / revision
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(COMMIT)
    return write_checkpoint(folder / "snapshots" / COMMIT)


def message(reference: str, **options: str) -> str:
    """The text of the error that resolving a reference raises."""
    with pytest.raises(WeightsError) as caught:
        resolve_weights(reference, **options)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("builtin:tiny-rgbd", WeightsRef("builtin", "tiny-rgbd")),
        ("file:/a/b", WeightsRef("file", "/a/b")),
        ("file:a b:c.safetensors", WeightsRef("file", "a b:c.safetensors")),
        ("hub:facebook/sam-vit-base", WeightsRef("hub", "facebook/sam-vit-base")),
        ("hub:a/b@refs/pr/1", WeightsRef("hub", "a/b", "refs/pr/1")),
        ("hub:a/b:x/y.safetensors", WeightsRef("hub", "a/b", None, "x/y.safetensors")),
        ("hub:a/b@v1:y.safetensors", WeightsRef("hub", "a/b", "v1", "y.safetensors")),
    ],
)
def test_references(text: str, reference: WeightsRef) -> None:
    assert parse_weights(text) == reference
    assert str(reference) == text


@given(WORD, WORD, st.none() | WORD, st.none() | WORD)
def test_a_hub_reference_survives_writing_and_reading(
    org: str, repo: str, revision: str | None, file: str | None
) -> None:
    name = None if file is None else f"{file}_.safetensors"
    reference = WeightsRef("hub", f"{org}/{repo}", revision, name)
    assert parse_weights(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ("a/b", "Write 'file:a/b' for a path, or 'hub:a/b' for a repository of the Hugging Face "
         "hub."),
        ("/models/sam", "Write 'file:/models/sam' for a path, or 'builtin:/models/sam' for weights "
         "of the package."),
        ("tiny", "Write 'file:tiny' for a path, or 'builtin:tiny' for weights of the package."),
    ],
)  # fmt: skip
def test_a_bare_name_is_refused_with_both_readings(text: str, do: str) -> None:
    assert message(text) == f"Weights '{text}': {GRAMMAR}, got a name without its kind. {do}"


@pytest.mark.parametrize(
    "text",
    [
        "hub:a", "hub:a/b/c", "hub:a/b:model.bin", "hub:a/b:../x.safetensors", "hub:a/b@",
        "hub:a/b:/x.safetensors", "hub:a/b@../c", "hub:", "builtin:", "builtin:../x", "file:",
    ],
)  # fmt: skip
def test_wrong_references(text: str) -> None:
    kind = text.split(":")[0]
    assert message(text) == f"Weights '{text}': {GRAMMAR}, got a wrong {kind} reference"


def test_file_and_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write_checkpoint(tmp_path / "sam")
    data = (folder / "model.safetensors").read_bytes()
    for path in (folder, folder / "model.safetensors"):
        caplog.clear()
        with caplog.at_level(logging.INFO, "scenewright.models"):
            local = resolve_weights(f"file:{path}", backend="masks/sam", license_name="MIT")
        assert local.path == path
        assert local.size == len(data)
        assert local.sha256 == hashlib.sha256(data).hexdigest()
        assert caplog.messages == [
            f"weights file:{path} for masks/sam: {path}, 0.0 MB, license MIT, sha256 {local.sha256}"
        ]
        assert find_weights(f"file:{path}") == local


def test_parts_are_hashed_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    for i, name in enumerate(names):
        save_file({f"w{i}": np.full(2, i, np.float32)}, folder / name)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w1": names[1], "w0": names[0]}}))
    local = resolve_weights(f"file:{folder}")
    assert [file.path.name for file in local.files] == names
    parts = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names]
    assert local.sha256 == hashlib.sha256("".join(parts).encode()).hexdigest()

    (folder / names[1]).unlink()
    assert message(f"file:{folder}") == (
        f"Weights file:{folder} are incomplete: expected the file {names[1]} that "
        f"model.safetensors.index.json names, got no such file in {folder}. Download it as well."
    )
    index.write_text(json.dumps({"weight_map": {"w0": "../outside.safetensors"}}))
    assert "expected files model-*-of-*.safetensors" in message(f"file:{folder}")
    index.write_text("[]")
    assert "expected an index of weights" in message(f"file:{folder}")


def test_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "sam")
    right = resolve_weights(f"file:{folder}").sha256
    assert resolve_weights(f"file:{folder}", sha256=right.upper()).sha256 == right
    other = write_checkpoint(tmp_path / "other", value=2.0)
    assert message(f"file:{other}", sha256=right) == (
        f"Weights file:{other} in {other} are not the expected ones: expected sha256 {right}, got "
        f"{resolve_weights(f'file:{other}').sha256}. They are damaged or another version; "
        "download them again."
    )


def test_missing_file(tmp_path: Path) -> None:
    assert message(f"file:{tmp_path}/none", backend="masks/sam") == (
        f"Weights file:{tmp_path}/none of backend 'masks/sam' are missing: expected a safetensors "
        "file, or a folder with config.json and model.safetensors, got nothing at "
        f"{tmp_path}/none. Check the path."
    )
    assert find_weights(f"file:{tmp_path}/none") is None


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "model.ckpt"])
def test_pickles_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert message(f"file:{tmp_path}") == (
        f"Weights file:{tmp_path} are refused: expected model.safetensors, alone or in parts with "
        f"model.safetensors.index.json, got only {name}, which can run code when opened. If you "
        "trust them, convert them to safetensors (save_pretrained of transformers writes them)."
    )
    assert "are refused" in message(f"file:{tmp_path / name}")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    assert message(f"file:{tmp_path}") == (
        f"Weights file:{tmp_path} cannot be used: expected model.safetensors, alone or in parts "
        f"with model.safetensors.index.json, got none in {tmp_path}. Give a safetensors file, or "
        "the folder of a transformers checkpoint."
    )


def test_builtin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_module, "builtin_folder", lambda: tmp_path)
    assert message("builtin:small") == (
        "Weights builtin:small are missing: expected a file of the package, got no such file. "
        "Reinstall scenewright if it should be there."
    )
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "small.safetensors")
    assert resolve_weights("builtin:small").path == tmp_path / "small.safetensors"
    assert "expected one of small, got no such file" in message("builtin:other")


def test_no_network(no_network: Path) -> None:
    assert message("hub:facebook/sam-vit-base", backend="masks/sam") == (
        "Weights hub:facebook/sam-vit-base of backend 'masks/sam' are not on this machine: "
        f"expected a copy in {no_network}/hub, got none, and SCENEWRIGHT_OFFLINE=1 forbids the "
        "network. With a network, run: scenewright models download masks/sam. Without one, "
        "download https://huggingface.co/facebook/sam-vit-base elsewhere, copy the folder here, "
        "and pass --weights file:PATH (in Python weights='file:PATH')."
    )
    other = message("hub:me/sam", backend="masks/sam")
    assert "run: scenewright models download hub:me/sam. Without" in other
    assert find_weights("hub:me/sam") is None


def test_the_option_is_that_of_the_caller(no_network: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        resolve_weights("hub:me/net", option="--vggt-weights")
    assert str(caught.value).endswith(
        "and pass --vggt-weights file:PATH (in Python vggt_weights='file:PATH')."
    )
    with pytest.raises(WeightsError) as caught:
        resolve_weights("hub:me/net")
    renamed = str(weights_module.named_by(caught.value, "--segmenter-weights"))
    assert renamed.endswith(
        "and pass --segmenter-weights file:PATH (in Python segmenter_weights='file:PATH')."
    )


def test_the_variable_of_the_hub_forbids_the_network_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCENEWRIGHT_OFFLINE")
    monkeypatch.setenv("HF_HUB_OFFLINE", "true")
    assert "got none, and HF_HUB_OFFLINE=true forbids the network" in message("hub:me/sam")


def test_the_cache_comes_first(no_network: Path) -> None:
    snapshot = write_cached(no_network, "me/sam")
    assert resolve_weights("hub:me/sam").path == snapshot
    assert resolve_weights(f"hub:me/sam@{COMMIT}").path == snapshot
    assert resolve_weights("hub:me/sam:model.safetensors").path == snapshot / "model.safetensors"
    assert "are not on this machine" in message("hub:me/sam@v2")
    (snapshot / "config.json").unlink()
    assert "are not on this machine" in message("hub:me/sam")  # an interrupted download


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"SCENEWRIGHT_CACHE": "/s", "HF_HUB_CACHE": "/h"}, "/s/hub"),
        ({"HF_HUB_CACHE": "/h", "HF_HOME": "/x"}, "/h"),
        ({"HF_HOME": "/x"}, "/x/hub"),
        ({"XDG_CACHE_HOME": "/y"}, "/y/huggingface/hub"),
    ],
)
def test_folder_of_the_cache(
    variables: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SCENEWRIGHT_CACHE", "HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub_cache() == Path(folder)


def download(hub: FakeHub, cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a new process, because huggingface_hub reads its address at import."""
    names = ("SCENEWRIGHT_OFFLINE", "HF_HUB_OFFLINE")
    variables = {key: value for key, value in os.environ.items() if key not in names}
    variables |= {"HF_ENDPOINT": hub.url, "SCENEWRIGHT_CACHE": str(cache)}
    command = [sys.executable, "-m", "scenewright", "models", "download", *words]
    return subprocess.run(command, capture_output=True, text=True, env=variables, check=False)


@pytest.mark.slow
def test_download(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    folder = write_checkpoint(tmp_path / "source")
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()} | {"merges.txt": b"a b"}
    others = {"pytorch_model.bin": b"p", "README.md": b"r", "open_clip_model.safetensors": b"o"}
    with serve("facebook/sam-vit-base", wanted | others) as hub:
        done = download(hub, tmp_path / "cache", "masks/sam")
        assert done.returncode == 0, done.stderr
        assert sorted(hub.fetched) == sorted(wanted)
        digest = hashlib.sha256(wanted["model.safetensors"]).hexdigest()
        assert digest in done.stdout and "Apache-2.0" in done.stdout
        found = find_weights("hub:facebook/sam-vit-base")
        assert found is not None and found.sha256 == digest
        # The next download fetches only the files that an interrupted one left out.
        (found.path / "merges.txt").unlink()
        again = download(hub, tmp_path / "cache", "hub:facebook/sam-vit-base")
        assert again.returncode == 0 and len(hub.fetched) <= len(wanted) + 1
        assert (found.path / "merges.txt").read_bytes() == b"a b"
        lost = download(hub, tmp_path / "cache", "hub:facebook/none")
        assert lost.returncode == 1 and "the download failed" in lost.stderr


@pytest.mark.slow
def test_a_repository_without_safetensors(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    with serve("me/old", {"config.json": b"{}", "pytorch_model.bin": b"p"}) as hub:
        done = download(hub, tmp_path / "cache", "hub:me/old")
    assert done.returncode == 1
    assert hub.fetched == ["config.json"]
    assert "expected: config.json and model.safetensors in it" in done.stderr
    assert "hub:me/old@refs/pr/NUMBER" in done.stderr


def test_a_path_that_exists_needs_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "my.safetensors"
    with pytest.raises(WeightsError, match="got a name without its kind"):
        parse_weights(str(path))
    path.write_bytes(b"")
    assert parse_weights(str(path)) == WeightsRef("file", str(path))
