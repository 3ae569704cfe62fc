"""A language model of transformers that reads the objects of a scene as vectors.

The idea is that of Inst3D-LMM (Yu et al., CVPR 2025) and Chat-Scene (Huang et al., NeurIPS 2024):
each object is an identifier, which is a new word, and vectors that a `SceneTokenizer` makes. The
model is any ``AutoModelForCausalLM``; it gets them as ``inputs_embeds``. What all questions about a
scene share is computed once, and its keys and values are used for each.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from scenewright.core import ConventionError
from scenewright.models.adapters.scene_prompt import (
    NONE,
    ScenePrompt,
    encoded,
    scene_prompt,
)
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.tokenizer import SceneTokenizer

_HIDDEN = float("-inf")


class SceneCausalModel(nn.Module):
    """A language model, its vocabulary with identifiers, and the tokenizer of scenes.

    Args:
        language: ``AutoModelForCausalLM``, also with LoRA of PEFT; its table of embeddings has a
            row for each entry.
        tokenizer: Its tokenizer, with identifiers.
        entries: Vocabulary entries of the identifiers.
        scenes: Makes the vectors of the objects, as wide as the language model.

    Raises:
        ConventionError: The widths differ.
    """

    def __init__(
        self, language: Any, tokenizer: Any, entries: Sequence[int], scenes: SceneTokenizer
    ) -> None:
        super().__init__()
        self.language = language
        self.tokenizer = tokenizer
        self.entries = list(entries)
        self.scenes = scenes
        width = int(language.get_input_embeddings().weight.shape[1])
        if scenes.config.width != width:
            raise ConventionError(
                "Width of the tokens of objects", expected=f"{width}, as the language model",
                got=str(scenes.config.width),
            )  # fmt: skip

    @property
    def device(self) -> torch.device:
        """Where the model runs."""
        return self.language.get_input_embeddings().weight.device  # type: ignore[no-any-return]

    def prompt(self, labels: Sequence[str], identifiers: Sequence[int]) -> ScenePrompt:
        """The shared prompt of objects; see `scene_prompt`."""
        return scene_prompt(
            self.tokenizer, labels, identifiers, tokens=self.scenes.config.tokens,
            entries=self.entries,
        )  # fmt: skip

    def embedded(self, prompt: ScenePrompt, objects: InstanceInputs) -> Tensor:
        """(1, P, D) vectors of a shared prompt.

        Args:
            prompt: The prompt of N objects.
            objects: The N objects of one scene, without a batch.
        """
        table = self.language.get_input_embeddings()
        words: Tensor = table(prompt.ids.to(self.device))
        tokens = self.scenes.tokens(objects.to(self.device)).flatten(0, 1).to(words.dtype)
        return words.index_copy(0, prompt.slots.flatten().to(self.device), tokens)[None]

    def shared(self, vectors: Tensor) -> Any:
        """The keys and values of a shared prompt, which `continued` uses for each question."""
        out = self.language(inputs_embeds=vectors, use_cache=True, logits_to_keep=1)
        return out.past_key_values

    def continued(self, cache: Any, ids: Tensor, known: Tensor) -> tuple[Tensor, Any]:
        """Logits after each entry of questions that share a prompt.

        Args:
            cache: Of `shared`; not changed.
            ids: (Q, L) entries, padded at the end.
            known: (Q, L) bool, whether an entry is no padding.

        Returns:
            (Q, L, V) logits, and the keys and values of the questions with their prompt.
        """
        length = int(cache.get_seq_length())
        own = _repeated(cache, len(ids))
        mask = torch.cat([known.new_ones(len(ids), length), known], dim=1)
        positions = length + torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        out = self.language(
            input_ids=ids, attention_mask=mask.long(), position_ids=positions,
            past_key_values=own, use_cache=True,
        )  # fmt: skip
        return out.logits, out.past_key_values

    def separate(self, vectors: Tensor, ids: Tensor, known: Tensor) -> Tensor:
        """The logits of `continued` without sharing: each question with the whole prompt."""
        table = self.language.get_input_embeddings()
        rows = []
        for one, own in zip(ids, known, strict=True):
            entries = one[own]
            whole = torch.cat([vectors, table(entries)[None]], dim=1)
            out = self.language(inputs_embeds=whole, logits_to_keep=len(entries))
            padding = out.logits.new_zeros(1, len(one) - len(entries), out.logits.shape[-1])
            rows.append(torch.cat([out.logits, padding], dim=1))
        return torch.cat(rows)

    def padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """(Q, L) entries padded at the end, and which of them are no padding."""
        longest = max(map(len, rows))
        ids = torch.zeros(len(rows), longest, dtype=torch.int64)
        known = torch.zeros(len(rows), longest, dtype=torch.bool)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
            known[number, : len(row)] = True
        return ids.to(self.device), known.to(self.device)

    @torch.inference_mode()
    def answers(
        self, cache: Any, questions: Sequence[Sequence[int]], *, longest: int = 48
    ) -> list[str]:
        """The most likely answers to questions, word by word.

        Args:
            cache: Of `shared`.
            questions: Entries of each, see `question_ids`.
            longest: Entries of an answer at most.
        """
        writer = _Writer(self, cache, questions)
        end = int(self.tokenizer.eos_token_id)
        found: list[list[int]] = [[] for _ in questions]
        for _ in range(longest):
            best = writer.logits.argmax(dim=-1)
            for row, entry in enumerate(best.tolist()):
                if writer.is_open[row]:
                    found[row].append(entry)
            writer.write(best, open_rows=[entry != end for entry in best.tolist()])
            if not any(writer.is_open):
                break
        kept = [[entry for entry in row if entry != end] for row in found]
        return [str(self.tokenizer.decode(row)).strip() for row in kept]

    @torch.inference_mode()
    def pointed(
        self,
        cache: Any,
        phrases: Sequence[Sequence[int]],
        identifiers: Sequence[int],
        *,
        plural: Sequence[bool],
    ) -> list[tuple[list[int], list[float], float]]:
        """The objects that phrases mean; only identifiers of the scene, or none, can be written.

        Args:
            cache: Of `shared`.
            phrases: Entries of each, see `question_ids`.
            identifiers: The N identifiers of the scene.
            plural: Per phrase, whether several objects may be meant.

        Returns:
            Per phrase: identifiers in the order in which they were written, how likely each of the
            N is written (the largest of its chances over the steps), and how likely none is.
        """
        writer = _Writer(self, cache, phrases)
        end = int(self.tokenizer.eos_token_id)
        own = torch.tensor([self.entries[number] for number in identifiers], dtype=torch.int64)
        none = encoded(self.tokenizer, f" {NONE}")[0]
        first = torch.cat([own, torch.tensor([none])]).to(self.device)
        chances = torch.softmax(writer.logits[:, first].float(), dim=-1).cpu()
        nothing, best = chances[:, -1].tolist(), chances[:, :-1].clone()
        found: list[list[int]] = [[] for _ in phrases]
        current = chances
        while any(writer.is_open):
            picks = current.argmax(dim=-1).tolist()
            entries, is_open = [], []
            for row, pick in enumerate(picks):
                goes_on = writer.is_open[row] and pick < len(identifiers)
                if goes_on:
                    found[row].append(pick)
                entries.append(int(own[pick]) if pick < len(identifiers) else end)
                is_open.append(goes_on and plural[row] and len(found[row]) < len(identifiers))
            writer.write(torch.tensor(entries), open_rows=is_open)
            if not any(writer.is_open):
                break
            after = torch.cat([own, torch.tensor([end])]).to(self.device)
            logits = writer.logits[:, after].float().cpu()
            for row, taken in enumerate(found):
                logits[row, taken] = _HIDDEN
            current = torch.softmax(logits, dim=-1)
            for row in [row for row, one in enumerate(writer.is_open) if one]:
                best[row] = torch.maximum(best[row], current[row, :-1])
        return [
            ([int(identifiers[pick]) for pick in taken], best[row].tolist(), nothing[row])
            for row, taken in enumerate(found)
        ]


class _Writer:
    """Writes the answers to several questions side by side.

    Attributes:
        logits: (Q, V) of the next entry of each.
        is_open: Whether each is still written.
    """

    def __init__(
        self, model: SceneCausalModel, cache: Any, questions: Sequence[Sequence[int]]
    ) -> None:
        self._model = model
        ids, self._known = model.padded(questions)
        self._prefix = int(cache.get_seq_length())
        logits, self._cache = model.continued(cache, ids, self._known)
        self._lengths = self._known.sum(dim=1)
        rows = torch.arange(len(ids), device=ids.device)
        self.logits: Tensor = logits[rows, self._lengths - 1]
        self.is_open = [True] * len(ids)

    def write(self, entries: Tensor, *, open_rows: Sequence[bool]) -> None:
        """Writes one entry of each question; those that are no longer open get padding."""
        self.is_open = [one and two for one, two in zip(self.is_open, open_rows, strict=True)]
        if not any(self.is_open):
            return
        device = self._known.device
        written = torch.tensor(self.is_open, device=device)
        self._known = torch.cat([self._known, written[:, None]], dim=1)
        mask = torch.cat(
            [self._known.new_ones(len(written), self._prefix), self._known], dim=1
        )  # fmt: skip
        out = self._model.language(
            input_ids=entries.to(device)[:, None], attention_mask=mask.long(),
            position_ids=(self._prefix + self._lengths)[:, None], past_key_values=self._cache,
            use_cache=True,
        )  # fmt: skip
        self._cache = out.past_key_values
        self._lengths = self._lengths + written.long()
        self.logits = out.logits[:, -1]


def _repeated(cache: Any, count: int) -> Any:
    """The keys and values of one prompt for several questions; gradients pass.

    Raises:
        ConventionError: The model keeps something else than keys and values, and is to be trained.
    """
    if all(type(layer).__name__ == "DynamicLayer" for layer in cache.layers):
        own = type(cache)()
        for number, layer in enumerate(cache.layers):
            keys, values = (one.expand(count, -1, -1, -1) for one in (layer.keys, layer.values))
            own.update(keys, values, number)
        return own
    if torch.is_grad_enabled():
        raise ConventionError(
            "Language model", expected="attention over all that was read in each layer",
            got="another kind of memory", do="It can be used, but not trained here.",
        )  # fmt: skip
    own = copy.deepcopy(cache)
    own.batch_repeat_interleave(count)
    return own
