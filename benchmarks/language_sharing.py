"""How much faster questions about one scene are that share its prompt in a language model.

The model is a random one of transformers (its speed does not depend on what it has learned), the
scene has objects with a label and three vectors each. Each question is read with the whole prompt,
and then all of them behind one shared prompt; the logits must be the same.

Run: python benchmarks/language_sharing.py --json benchmarks/results/language_sharing.json
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
import transformers
import tyro
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from bench_common import Goal, Report, Table, run_main
from scenewright.models.adapters.scene_causal import SceneCausalModel
from scenewright.models.adapters.scene_causal_files import open_base
from scenewright.models.adapters.scene_objects import objects_of
from scenewright.models.adapters.scene_prompt import question_ids
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig

LEAST_GAIN = 3.0
LARGEST_DIFFERENCE = 1e-4
_SHAPE = 20
_LABELS = ("chair", "desk", "mug", "sofa", "table lamp", "bookcase")
_QUESTIONS = (
    "the red chair left of the desk", "how many mugs are on the table?", "the largest sofa",
    "what color is the lamp near the bookcase?", "is there a chair behind the sofa?",
    "the mug between the lamp and the desk", "what is on the desk?", "all chairs",
    "how far is the sofa from the desk?", "the second chair from the left",
    "which is larger, the sofa or the bookcase?", "the lamp closest to the bookcase",
)  # fmt: skip


@dataclass
class Options:
    """What is run."""

    objects: int = 60
    """Objects of the scene."""
    width: int = 256
    """Width of the language model."""
    layers: int = 6
    """Its layers."""
    tries: int = 3
    """Times that each way is run; the fastest counts."""
    threads: int = 1
    """Threads of torch."""
    json: Path | None = None
    """File for the tables and all numbers."""


def checkpoint(folder: Path, options: Options) -> None:
    """A random language model with a tokenizer of bytes, as transformers saves it."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {name: number for number, name in enumerate(["<s>", "</s>", *alphabet])}
    raw = Tokenizer(models.BPE(vocabulary, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    kind: Any = transformers.PreTrainedTokenizerFast
    kind(tokenizer_object=raw, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=options.width, num_hidden_layers=options.layers,
        intermediate_size=4 * options.width, num_attention_heads=8, num_key_value_heads=4,
        max_position_embeddings=4096, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)


def vectors_of(model: SceneCausalModel, options: Options) -> torch.Tensor:
    """The shared prompt of a random scene."""
    rng = np.random.default_rng(0)
    count = options.objects
    center = (6 * rng.random((count, 3))).astype(np.float32)
    objects = objects_of(
        center, (0.2 + rng.random((count, 3))).astype(np.float32),
        rng.random((count, _SHAPE)).astype(np.float32), rng.integers(0, 6, count),
        np.full(2, 3, np.float32), np.stack([center.min(0), center.max(0)]),
    )  # fmt: skip
    labels = [_LABELS[number % len(_LABELS)] for number in range(count)]
    return model.embedded(model.prompt(labels, range(count)), objects)


@torch.inference_mode()
def measure(model: SceneCausalModel, options: Options) -> tuple[float, float, float, int, int]:
    """Seconds apart and shared, the largest difference of logits, and lengths."""
    vectors = vectors_of(model, options)
    rows = [question_ids(model.tokenizer, text, is_phrase=False) for text in _QUESTIONS]
    ids, known = model.padded(rows)
    apart, shared, difference = [], [], 0.0
    for _ in range(options.tries):
        start = process_time()
        one = model.separate(vectors, ids, known)
        apart.append(process_time() - start)
        start = process_time()
        other, _ = model.continued(model.shared(vectors), ids, known)
        shared.append(process_time() - start)
        difference = max(difference, float((one - other)[known].abs().max()))
    return min(apart), min(shared), difference, vectors.shape[1], ids.shape[1]


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    torch.set_num_threads(options.threads)
    report = Report("language_sharing", asdict(options))
    with tempfile.TemporaryDirectory() as folder:
        checkpoint(Path(folder), options)
        language, tokenizer, entries = open_base(f"file:{folder}")
        scenes = SceneTokenizer(
            TokenizerConfig(
                _SHAPE, width=options.width, inner=128, heads=4, blocks=2, tokens=3
            )
        )  # fmt: skip
        model = SceneCausalModel(language, tokenizer, entries, scenes).eval()
        apart, shared, difference, prompt, question = measure(model, options)
    gain = apart / shared
    report.add(
        Table(
            f"{len(_QUESTIONS)} questions about a scene of {options.objects} objects",
            ("prompt", "longest question", "apart, s", "shared, s", "gain", "difference of logits"),
            (
                (
                    f"{prompt} entries",
                    f"{question} entries",
                    f"{apart:.2f}",
                    f"{shared:.2f}",
                    f"{gain:.1f}",
                    f"{difference:.1e}",
                ),
            ),
            "Seconds of all cores together, the projection of the objects left out.",
        )
    )
    report.results.update(gain=gain, difference=difference, apart_s=apart, shared_s=shared)
    report.goals += [
        Goal("gain of sharing", gain, LEAST_GAIN, "times", at_most=False),
        Goal("difference of logits, in 1e-4", 1e4 * difference, 1e4 * LARGEST_DIFFERENCE),
    ]
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
