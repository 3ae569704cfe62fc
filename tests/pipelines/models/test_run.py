"""``scenewright models``: facts, weights and a trial run."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from scenewright.core import ScenewrightError
from scenewright.pipelines.models.run import models_run
from scenewright.pipelines.models.settings import ModelsSettings
from tests.command_builders import Call, assert_plain_error

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache and no network, whatever the machine has."""
    monkeypatch.setenv("SCENEWRIGHT_OFFLINE", "1")
    monkeypatch.setenv("SCENEWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_cached(cache: Path, repo: str) -> str:
    """Puts something like a checkpoint into the cache; returns its SHA-256."""
    folder = cache / "hub" / f"models--{repo.replace('/', '--')}"
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    (snapshot / "config.json").write_text("{}")
    (snapshot / "model.safetensors").write_bytes(b"weights")
    return hashlib.sha256(b"weights").hexdigest()


def test_list(call: Call) -> None:
    everything = call("models", "list").out
    assert "masks/sam2" in everything and "embed/clip" in everything
    some = call("models", "list", "embed/*").out
    assert "embed/clip" in some and "masks/sam" not in some


def test_tables_are_data() -> None:
    (table,) = models_run("list", ("masks/*", "masks/sam"))
    assert table.columns == ("backend", "what it does")
    names = [row[0] for row in table.rows]
    assert names == sorted(set(names)) and "masks/depth-edges" in names
    first, second = models_run("info", ("masks/depth-edges", "masks/sam"))
    assert ("weights", "hub:facebook/sam-vit-base") in second.rows
    assert ("slot", "MaskProposer") in first.rows
    with pytest.raises(ScenewrightError, match="Nothing to check: expected the name of a backend"):
        models_run("check", settings=ModelsSettings(device="cpu"))


def test_without_an_action_all_are_listed(call: Call) -> None:
    assert call("models").out == call("models", "list").out


def test_info_tells_of_the_weights(call: Call, no_network: Path) -> None:
    before = call("models", "info", "masks/sam2")
    assert before.code == 0
    for words in (
        r"weights +hub:facebook/sam2\.1-hiera-tiny",
        r"weights_license +Apache-2\.0",
        r"other_slots +PromptSegmenter",
        r"on this machine +no; scenewright models download masks/sam2",
    ):
        assert re.search(words, before.out), words
    digest = write_cached(no_network, "facebook/sam2.1-hiera-tiny")
    after = call("models", "info", "masks/sam2").out
    assert digest in after and "models download" not in after
    assert "on this machine" not in call("models", "info", "masks/depth-edges").out


def test_download_takes_what_is_there(call: Call, no_network: Path) -> None:
    digest = write_cached(no_network, "facebook/sam-vit-base")
    for name in ("masks/sam", "hub:facebook/sam-vit-base"):
        outcome = call("models", "download", name)
        assert outcome.code == 0 and digest in outcome.out
    two = call("models", "download", "masks/sam", "masks/sam2")
    assert digest in two.out
    assert_plain_error(two, "masks/sam2", "SCENEWRIGHT_OFFLINE=1 forbids the network")


def test_packages_of_generators(call: Call, no_network: Path, tmp_path: Path) -> None:
    """A package of several networks, in the cache of the hub: described, found, run once."""
    pytest.importorskip("torch")
    from tests.models.generators.generator_builders import Packages

    missing = call("models", "info", "sceneflow/iscene")
    assert re.search(r"on this machine +no; scenewright models download sceneflow/", missing.out)
    refused = call("models", "download", "sceneflow/iscene")
    assert_plain_error(refused, "iscene_config.json", "SCENEWRIGHT_OFFLINE=1 forbids the network")
    written = Packages.write(tmp_path / "packages").folder
    for repo, name in (("LuLing/IScene", "iscene"), ("microsoft/TRELLIS-image-large", "trellis")):
        folder = no_network / "hub" / f"models--{repo.replace('/', '--')}"
        (folder / "refs").mkdir(parents=True)
        (folder / "refs" / "main").write_text(COMMIT)
        (folder / "snapshots").mkdir()
        (folder / "snapshots" / COMMIT).symlink_to(written / name)
    assert "models download" not in call("models", "info", "sceneflow/iscene").out
    found = call("models", "download", "sceneflow/iscene")
    assert found.code == 0 and "denoiser.safetensors" in found.out
    assert "slat_dec_mesh_swin8_B_64l8m256c_fp16.safetensors" in found.out
    checked = call("models", "check", "sceneflow/iscene")
    assert checked.code == 0, checked.err
    assert re.search(r"objects generated +1", checked.out)


def test_check_takes_what_generate_takes(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from tests.models.generators.generator_builders import Packages

    packages = Packages.write(tmp_path / "packages")
    for model in ("iscene", "scenegen", "trellis"):
        words = ["--low-memory", "--dtype", "float32"]
        for name, value in packages.options(f"sceneflow/{model}").items():
            option = f"--{name.replace('_', '-')}"
            words += [option] if value is True else [option, str(value)]
        checked = call("models", "check", f"sceneflow/{model}", *words)
        assert checked.code == 0, checked.err
        assert re.search(r"objects generated +1", checked.out)
        if model == "scenegen":
            words.remove("--allow-pickles")
            assert_plain_error(call("models", "check", "sceneflow/scenegen", *words), "are refused")
    other = call("models", "check", "masks/depth-edges", "--base-weights", "file:a")
    assert_plain_error(other, "Option 'base_weights' of backend 'masks/depth-edges'")


def test_download_of_what_needs_no_weights(call: Call) -> None:
    outcome = call("models", "download", "masks/depth-edges")
    assert_plain_error(outcome, "one that needs weights", "one that needs none")


def test_check(call: Call) -> None:
    outcome = call("models", "check", "masks/depth-edges")
    assert outcome.code == 0
    assert re.search(r"masks proposed +[1-9]", outcome.out)


def test_check_of_networks(call: Call, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 64,
            "output_channels": 16, "mlp_dim": 32, "window_size": 2, "num_pos_feats": 8,
            "global_attn_indexes": [0],
        },
        prompt_encoder_config={
            "hidden_size": 16, "image_size": 64, "image_embedding_size": 4,
        },
        mask_decoder_config={"hidden_size": 16, "mlp_dim": 32, "num_attention_heads": 2},
    )  # fmt: skip
    transformers.SamModel(config).save_pretrained(tmp_path / "sam")
    (tmp_path / "sam" / "preprocessor_config.json").write_text(
        '{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
    )
    reference = f"file:{tmp_path / 'sam'}"
    outcome = call("models", "check", "masks/sam", "--weights", reference, "--device", "cpu")
    assert outcome.code == 0, outcome.err
    assert re.search(r"masks at the center +[0-3]", outcome.out)


def test_check_of_a_network_that_needs_concepts(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.models.adapters.adapter_builders import tiny_sam3

    outcome = call("models", "check", "masks/sam3", "--weights", tiny_sam3(tmp_path / "sam3"))
    assert outcome.code == 0, outcome.err
    assert re.search(r"masks proposed +\d", outcome.out)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("check",), ("Nothing to check", "the name of a backend")),
        (("info",), ("Nothing to info", "models list")),
        (("check", "masks/folder"), ("one that runs on any image",)),
        (("check", "masks/sam", "--weights", "a/b"), ("'file:a/b'", "'hub:a/b'")),
        (("check", "masks/depth-edges", "--weights", "file:x"), ("Option 'weights'",)),
        (("download", "masks/smaug"), ("Backend 'masks/smaug'",)),
    ],
)
def test_errors(words: tuple[str, ...], parts: tuple[str, ...], call: Call) -> None:
    assert_plain_error(call("models", *words), *parts)
