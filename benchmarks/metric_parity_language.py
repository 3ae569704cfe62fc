"""Parity of the metrics of language: grounding, answers, captions and their words.

METEOR is compared three ways: its formula with the recorded statistics; `meteor_lite` with the
recorded form of equal words and stems; and METEOR 1.5 itself where Java and pycocoevalcap are
installed. Without them its corpus values cannot be found again, and are noted as left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metric_parity_tally import Tally
from scenewright.metrics.language.answers import (
    ANSWERS_CHATSCENE,
    ANSWERS_CHATSCENE_SCANQA,
    ANSWERS_INST3DLMM,
    SQA3D_TYPES,
    AnswerRule,
    caption_references,
    clean_answer,
    clean_prediction,
    match_answer,
    measure_answers,
    measure_ranked,
    scanqa_class,
    sqa3d_llm_match,
    sqa3d_type,
)
from scenewright.metrics.language.captions import (
    CaptionScores,
    LocatedCaption,
    measure_captions,
    measure_located_captions,
)
from scenewright.metrics.language.meteor import meteor_lite, meteor_score, pooled_meteor
from scenewright.metrics.language.meteor_java import find_meteor, meteor15
from scenewright.metrics.language.overlap import bleu, cider, rouge_l
from scenewright.metrics.language.tokens import tokenize_caption, treebank_words

_TOLERANCE = 1e-6
_NO_JAVA = "METEOR left out: needs Java and pycocoevalcap"

Record = Mapping[str, Any]


def check_tokeniser(expected: Record, inputs: Record, tally: Tally) -> None:
    """Words of captions, with and without punctuation."""
    for pair in expected["pairs"]:
        text = pair["text"]
        tally.equal(f"words of {text!r}", tokenize_caption(text), pair["tokenised"])
        found = " ".join(treebank_words(text))
        if f"{found} ." == pair["ptb"]:
            tally.note("final stop that depends on the text of the next line")
            continue
        tally.equal(f"pieces of {text!r}", found, pair["ptb"])


def check_captions(expected: Record, inputs: Record, tally: Tally) -> None:
    """BLEU, ROUGE-L, both forms of CIDEr and METEOR of sets of captions and of each caption."""
    items = {item["id"]: item for item in expected["items"]}
    for item in items.values():
        tally.equal(item["id"], tokenize_caption(item["candidate"]), item["candidate_tokenised"])
        found = [tokenize_caption(one) for one in item["references"]]
        tally.equal(f"{item['id']}/references", found, item["references_tokenised"])
    for case, wanted in expected["expected"].items():
        chosen = [items[key] if key in items else items[key[:-1]] for key in wanted["ids"]]
        candidates = [item["candidate_tokenised"] for item in chosen]
        references = [item["references_tokenised"] for item in chosen]
        if case == "first_reference_as_candidate":
            candidates = [many[0] for many in references]
        elif case == "untokenised_lower_case":
            candidates = [_plain(item["candidate"]) for item in chosen]
            references = [[_plain(one) for one in item["references"]] for item in chosen]
        scores = {
            "Bleu": bleu(candidates, references),
            "ROUGE_L": rouge_l(candidates, references),
            "CIDEr": cider(candidates, references),
            "CIDErD_vrama91": cider(candidates, references),
            "CIDEr_plain_vrama91": cider(candidates, references, plain=True),
            "METEOR_exact_stem": meteor_lite(candidates, references),
        }
        jar = find_meteor()
        if "METEOR" in wanted:
            if jar is None:
                tally.note(_NO_JAVA)
            else:
                scores["METEOR"] = meteor15(candidates, references, jar=jar)
        for name, record in wanted.items():
            if not isinstance(record, Mapping):
                continue
            if name in scores:
                score = scores[name]
                tally.near(f"{case}/{name}", score.value, record["corpus"], tolerance=_TOLERANCE)
                tally.near(
                    f"{case}/{name}/items", score.items, record["items"], tolerance=_TOLERANCE
                )
            if "statistics" in record:
                rows = record["statistics"]
                formula = f"{case}/{name}/formula"
                tally.near(formula, pooled_meteor(rows), record["corpus"], tolerance=_TOLERANCE)
                values = [meteor_score(row) for row in rows]
                tally.near(f"{formula}/items", values, record["items"], tolerance=_TOLERANCE)


def check_answers(expected: Record, inputs: Record, tally: Tally) -> None:
    """Cleaning, matches, types of questions, and the totals of four programs."""
    for entry in expected["cleaning"]:
        cleaned = clean_answer(entry["text"])
        tally.equal(f"cleaned {entry['text']!r}", cleaned, entry["cleaned"])
        again = clean_answer(cleaned)
        tally.equal(f"cleaned twice {entry['text']!r}", again, entry["cleaned_twice"])
    for entry in expected["matching"]:
        for program, rule in (("inst3dlmm", ANSWERS_INST3DLMM), ("chatscene", ANSWERS_CHATSCENE)):
            found = match_answer(entry["prediction"], entry["answers"], rule=rule)
            tally.equal(f"{program} match of {entry['prediction']!r}", list(found), entry[program])
    items, totals = expected["items"], expected["expected"]
    for item in items:
        name = f"question {item['qid']}"
        question, prediction = item["question"], item["prediction"]
        tally.equal(f"{name}/type", SQA3D_TYPES.index(sqa3d_type(question)), item["sqa_type"])
        tally.equal(f"{name}/class", scanqa_class(question), item["scanqa_question_class"])
        is_match = sqa3d_llm_match(prediction, item["answers"])
        tally.equal(f"{name}/SQA3D script", float(is_match), item["sqa3d_llm_script"])
    accepted = [sqa3d_llm_match(item["prediction"], item["answers"]) for item in items]
    share = sum(accepted) / len(items)
    tally.near("SQA3D script", share, totals["sqa3d_llm_script_accuracy"], tolerance=_TOLERANCE)
    for field, rule in (
        ("inst3dlmm_em_emr", ANSWERS_INST3DLMM), ("chatscene_em_emr", ANSWERS_CHATSCENE_SCANQA),
    ):  # fmt: skip
        scores = measure_answers(*_columns(items), rule=rule)
        pairs = [list(pair) for pair in zip(scores.exact, scores.refined, strict=True)]
        tally.near(field, pairs, [item[field] for item in items], tolerance=_TOLERANCE)
    few = [item for item in items if item["qid"] in set(totals["ids_types_0_and_1_only"])]
    for name, rule, chosen in (
        ("inst3dlmm_scanqa", ANSWERS_INST3DLMM, items),
        ("chatscene_scanqa", ANSWERS_CHATSCENE_SCANQA, items),
        ("inst3dlmm_sqa3d", ANSWERS_INST3DLMM, items),
        ("chatscene_sqa3d", ANSWERS_CHATSCENE, items),
        ("inst3dlmm_sqa3d_types_0_and_1_only", ANSWERS_INST3DLMM, few),
    ):
        if name in totals:
            _check_answer_totals(name, totals[name], chosen, rule, tally)
    ranked = [item for item in items if item["prediction"]]
    result = measure_ranked(
        [item["answer_top10"] for item in ranked], [item["answers"] for item in ranked]
    )
    wanted = totals["scanqa_script_without_empty_predictions"]
    recorded = [wanted[key] for key in ("Top1 (EM)", "Top10 (EM)", "Top1 (F-value)")]
    values = [100 * value for value in (result.top1, result.top10, result.f_value)]
    tally.near("ScanQA script", values, recorded, tolerance=_TOLERANCE)


def _check_answer_totals(
    name: str, wanted: Record, items: Sequence[Record], rule: AnswerRule, tally: Tally
) -> None:
    answers, references = _columns(items)
    types = [SQA3D_TYPES[item["sqa_type"]] for item in items]
    scores = measure_answers(answers, references, types=types, rule=rule)
    captions = measure_captions(
        [clean_prediction(one) for one in answers],
        [caption_references(many, rule=rule) for many in references],
        meteor_jar=find_meteor(),
    )
    found: dict[str, float | None] = {"EM1": scores.all.exact, "EM1_refined": scores.all.refined}
    for number, kind in enumerate(SQA3D_TYPES):
        share = scores.types.get(kind)
        found[f"EM_type{number}"] = 0.0 if share is None else share.exact
        found[f"EM_refined_type{number}"] = 0.0 if share is None else share.refined
    found.update(_caption_values(captions))
    _compare(name, {key.partition("] ")[2]: value for key, value in wanted.items()}, found, tally)


def check_scan2cap(expected: Record, inputs: Record, tally: Tally) -> None:
    """Captions @0.25 and @0.5, with wrapped and plain references, and as in 2021."""
    items = expected["items"]
    for case, wanted in expected["expected"].items():
        if not isinstance(wanted, Mapping):
            continue
        old = case == "scan2cap_2021"
        located = [
            LocatedCaption(
                None if case.endswith("no_predictions")
                else item["tokens_2021_prediction" if old else "prediction"],
                item["iou"],
                item["tokens_2021_references" if old else "references"],
            )
            for item in items
        ]  # fmt: skip
        result = measure_located_captions(
            located,
            wrap_references=case != "references_plain",
            tokenized=old,
            meteor_jar=find_meteor(),
        )
        for limit, scores in result.items():
            suffix = f"@{limit:.2f}"
            values = wanted[suffix] if old else {
                key.removeprefix("[scan2cap] ").removesuffix(suffix): value
                for key, value in wanted.items()
                if key.endswith(suffix)
            }  # fmt: skip
            _compare(f"{case}{suffix}", values, _caption_values(scores), tally)


def _caption_values(scores: CaptionScores) -> dict[str, float | None]:
    return {
        **{f"Bleu_{size}": value for size, value in enumerate(scores.bleu, start=1)},
        "ROUGE_L": scores.rouge_l,
        "CIDEr": scores.cider_d,
        "METEOR": scores.meteor15,
    }


def _compare(name: str, wanted: Record, found: Mapping[str, float | None], tally: Tally) -> None:
    for key, value in wanted.items():
        measured = found[key]
        if measured is None:
            tally.note(_NO_JAVA)
        else:
            tally.near(f"{name}/{key}", measured, value, tolerance=_TOLERANCE)


def _columns(items: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    return [item["prediction"] for item in items], [item["answers"] for item in items]


def _plain(text: str) -> str:
    return text.lower().replace("\n", " ")
