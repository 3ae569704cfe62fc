"""Weights of ``lm/nano`` on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from scenewright.core import WeightsError
from scenewright.io import write_bytes
from scenewright.models.networks.language.nano import NanoConfig, NanoNetwork
from scenewright.models.networks.language.tokenizer import TokenizerConfig

_KIND = "lm/nano"
_VERSION = 1


def write_nano(
    path: Path, network: NanoNetwork, *, words: tuple[str, ...], answers: tuple[str, ...],
    facts: Mapping[str, Any],
) -> None:  # fmt: skip
    """Writes weights as float16, with the words that they belong to.

    Args:
        path: The file, replaced atomically.
        network: The network.
        words: The words of questions.
        answers: The answers.
        facts: JSON values about the training.
    """
    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for name, value in network.state_dict().items()
    }
    about = {"kind": _KIND, "version": _VERSION, "config": asdict(network.config),
             "words": words, "answers": answers, "training": dict(facts)}  # fmt: skip
    write_bytes(path, save(tensors, metadata={"about": json.dumps(about)}))


def read_nano(path: Path, *, answers: tuple[str, ...]) -> tuple[NanoNetwork, tuple[str, ...]]:
    """The network of a file of `write_nano`, in float32, and its words.

    Args:
        path: The file.
        answers: The answers that it must have.

    Raises:
        WeightsError: The file is damaged, or belongs to another network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise WeightsError(
            f"{path}", expected=f"weights of {_KIND}", got=str(error)[:80]
        ) from error
    known = about.get("kind") == _KIND and about.get("version") == _VERSION
    if not known or about.get("answers") != list(answers):
        raise WeightsError(f"{path}", expected=f"weights of {_KIND}", got="other weights")
    try:
        network = NanoNetwork(_config(about["config"]))
        network.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"{path}", expected=f"weights of {_KIND}", got=str(error)[:80]
        ) from error
    return network.eval(), tuple(about["words"])


def _config(values: Mapping[str, Any]) -> NanoConfig:
    given = {each.name: values[each.name] for each in fields(NanoConfig)}
    given["tokenizer"] = TokenizerConfig(**given["tokenizer"])
    given["colors"] = tuple(given["colors"])
    return NanoConfig(**given)
