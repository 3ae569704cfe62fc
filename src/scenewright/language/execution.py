"""Runs programs on a scene: every step gives each object a score, and says what it did."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core.wording import counted
from scenewright.language._condition_words import (
    FEATURE_WORDS,
    SIDE_WORDS,
    opposites,
    ordinal,
)
from scenewright.language._refusals import may_be_missing
from scenewright.language.attributes import color_scores, size_scores
from scenewright.language.facts import SceneFacts
from scenewright.language.lexicon import is_known_name
from scenewright.language.programs import (
    Carries,
    Compared,
    Condition,
    Extreme,
    HasColor,
    HasName,
    HasSize,
    OnSide,
    Phrase,
    Related,
    Viewer,
    is_rank,
)
from scenewright.language.relations import (
    SIDES,
    Standpoint,
    between_scores,
    relation_scores,
    side_scores,
)
from scenewright.models.answers import AnswerStep

MATCH = 0.4
"""Score from which an object counts as meant."""
CLOSE = 0.7
"""Share of the best score from which an object is meant as much as the best."""
_LISTED = 8
_NO_NAMES = ("The objects of this scene have no names; ask by color, size, place or id, or give "
             "them names first ('scenewright name').")  # fmt: skip
_CLOSE_TO_VIEWER = 0.8
"""Distance from the viewer below which the sides of an object are uncertain, meters."""
_SOFT_SHARE = 0.05
"""Relative difference of two sizes at which the smaller one has fallen to 1/e."""
_SOFT_DISTANCE = 0.1
_SOFT_FEATURE = {"top": 0.05, "left": 0.1}

Scores = NDArray[np.float64]


@dataclass
class Execution:
    """Runs the parts of one query.

    Attributes:
        facts: The scene.
        about: Rows of the objects talked about before.
        steps: What was done so far.
        notes: What was assumed so far.
        reason: Why the last phrase matched nothing, as a sentence; "" = it matched.
        unknown: Why the answer cannot be known, as a sentence; "" = it can.
        standpoint: Who looks.
        anchors: Rows of the objects that relations named.
    """

    facts: SceneFacts
    about: tuple[int, ...] = ()
    steps: list[AnswerStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    unknown: str = ""
    standpoint: Standpoint | None = None
    anchors: list[int] = field(default_factory=list)

    def look_from(self, viewer: Viewer) -> None:
        """Takes the viewer of a query; without one, the viewer is in the middle of the room."""
        position, heading, text = self.facts.center, None, "the middle of the room"
        if viewer.at is not None:
            row = self.best(viewer.at)
            self.unknown = self.unknown or self.reason
            if row is not None:
                position, text = self.facts.middle[row, :2], self.facts.title(row)
        if viewer.facing is not None:
            row = self.best(viewer.facing)
            self.unknown = self.unknown or self.reason
            if row is not None:
                ahead = self.facts.middle[row, :2] - position
                length = float(np.linalg.norm(ahead))
                if length > 1e-6:
                    heading = ahead / length
                    text = f"{text}, facing {self.facts.title(row)}"
        self.standpoint = Standpoint(position, heading, text)

    @property
    def viewer(self) -> Standpoint:
        """Who looks."""
        return self.standpoint or Standpoint(self.facts.center)

    def best(self, phrase: Phrase) -> int | None:
        """The row of the object that a phrase means most, or None."""
        scores = self.scores(phrase)
        return int(scores.argmax()) if len(scores) and scores.max() >= MATCH else None

    def chosen(self, scores: Scores, *, plural: bool) -> list[int]:
        """Rows that scores mean, the best first; of a phrase in the singular only the best ones."""
        if not len(scores) or scores.max() < MATCH:
            return []
        limit = MATCH if plural else max(MATCH, CLOSE * scores.max())
        rows = np.flatnonzero(scores >= limit)
        return [int(row) for row in rows[np.argsort(-scores[rows], kind="stable")]]

    def scores(self, phrase: Phrase) -> Scores:
        """How well each object is what a phrase means."""
        self.reason = ""
        scores, title = self._noun(phrase)
        self._note_step(title, scores)
        if not (scores >= MATCH).any():
            self.reason = self.reason or self._none_called(phrase)
        if (contrary := opposites(phrase)) is not None:
            self.reason = f"Nothing is both {contrary[0]} and {contrary[1]}."
            return np.zeros(len(scores))
        order = [c for c in phrase.conditions if not is_rank(c)]
        order += [c for c in phrase.conditions if is_rank(c)]
        for condition in order:
            before, count = scores, len(self.anchors)
            scores, text = self.apply(condition, scores)
            if phrase.name is None and getattr(condition, "negated", False):
                scores[self.anchors[count:]] = 0.0  # "what is not on the table?" is no table
            self._note_step(text, scores)
            if not self.reason and (before >= MATCH).any() and not (scores >= MATCH).any():
                self.reason = self._none_left(phrase, before, text)
        return scores

    def apply(self, condition: Condition, scores: Scores) -> tuple[Scores, str]:
        """The scores after a condition, and what it is in words."""
        match condition:
            case Extreme():
                return self._extreme(condition, scores)
            case Related(relation, anchor, _, _, rank, others) if is_rank(condition):
                return self._nearest(relation, (anchor, *others), rank, scores)
        own, text = self._soft(condition)
        if getattr(condition, "negated", False):
            own, text = 1 - own, f"not {text}"
        return scores * own, text

    def _noun(self, phrase: Phrase) -> tuple[Scores, str]:
        facts = self.facts
        if phrase.ids:
            scores = np.isin(facts.id, phrase.ids).astype(np.float64)
            missing = sorted(set(phrase.ids) - set(facts.id.tolist()))
            if missing:
                known = ", ".join(map(str, sorted(facts.id.tolist())[:_LISTED])) or "none"
                more = ", ..." if len(facts) > _LISTED else ""
                self.reason = f"There is no object {missing[0]}; the ids are {known}{more}."
            return scores, f"id {', '.join(map(str, phrase.ids))}"
        if phrase.pronoun in ("it", "them"):
            if not self.about:
                self.reason = f"Nothing was talked about before that '{phrase.pronoun}' could mean."
            scores = np.zeros(len(facts))
            scores[list(self.about)] = 1.0
            return scores, f"'{phrase.pronoun}'"
        if phrase.pronoun == "one" and self.about:
            names = {facts.names[row] for row in self.about} - {""}
            if names:
                name = sorted(names)[0]
                return facts.named(name) * self._not_about(phrase), f"called {name}"
        if phrase.name is None:
            return facts.is_object.astype(np.float64), "objects"
        return facts.named(phrase.name).copy(), f"called {phrase.name}"

    def _not_about(self, phrase: Phrase) -> Scores:
        """Leaves out what was talked about for ``the other one``."""
        kept = np.ones(len(self.facts))
        if "other" in phrase.text.split():
            kept[list(self.about)] = 0.0
        return kept

    def _soft(self, condition: Condition) -> tuple[Scores, str]:
        """How well each object meets a condition that is not about all of them together."""
        facts = self.facts
        match condition:
            case HasColor(color, _):
                if not facts.has_colors:
                    self.unknown = "The colors of this scene are unknown."
                    self.note(self.unknown)
                return color_scores(facts, color), color
            case HasSize(size, _):
                return size_scores(facts, size), size
            case HasName(name, _):
                if not facts.named(name).any() and not is_known_name(name):
                    self.unknown = f"No object is called '{name}'."
                return facts.named(name), f"called {name}"
            case OnSide(side, _):
                return self._on_side(side)
            case Related("between", anchor, second):
                return self._between(anchor, second)
            case Related(relation, anchor, _, _, _, others):
                return self._related(relation, (anchor, *others))
            case Carries(relation, other, _):
                return self._carrying(relation, other)
            case Compared(feature, larger, than, _):
                return self._compared(feature, larger, than)
        raise AssertionError(f"no such condition: {condition}")

    def _related(self, relation: str, phrases: tuple[Phrase, ...]) -> tuple[Scores, str]:
        anchors = self._any_anchors(phrases)
        total = np.zeros(len(self.facts))
        for row, weight in anchors:
            found = relation_scores(self.facts, relation, row, self.viewer)
            total = np.maximum(total, weight * found)
        words = SIDE_WORDS.get(relation, relation)
        text = f"{words} {self._titles([row for row, _ in anchors]) or phrases[0].text}"
        if relation in SIDES:
            text += f", seen from {self.viewer.text}"
            self._note_near_viewer([row for row, _ in anchors])
        return total, text

    def _note_near_viewer(self, rows: list[int]) -> None:
        """Says so if the viewer hardly looks in a direction."""
        for row in rows:
            apart = np.linalg.norm(self.facts.middle[row, :2] - self.viewer.position)
            if self.viewer.heading is None and apart < _CLOSE_TO_VIEWER:
                self.note(
                    f"{self.facts.title(row)} is about where the viewer stands, so its sides are "
                    "uncertain; name a viewer, as in 'from the sofa, ...'."
                )

    def _between(self, first: Phrase, second: Phrase | None) -> tuple[Scores, str]:
        ends = [self._anchors(first), self._anchors(first if second is None else second)]
        total = np.zeros(len(self.facts))
        for a, one in ends[0]:
            for b, other in ends[1]:
                if a != b:
                    weight = one * other
                    total = np.maximum(total, weight * between_scores(self.facts, a, b))
        names = [self._titles([row for row, _ in end]) or "nothing" for end in ends]
        return total, f"between {names[0]} and {names[1]}"

    def _carrying(self, relation: str, phrase: Phrase) -> tuple[Scores, str]:
        others = self._anchors(phrase)
        total = np.zeros(len(self.facts))
        for anchor in range(len(self.facts)):
            found = relation_scores(self.facts, relation, anchor, self.viewer)
            for row, weight in others:
                total[anchor] = max(total[anchor], weight * found[row])
        titles = self._titles([row for row, _ in others]) or phrase.text
        return total, f"with {titles} {relation} it"

    def _compared(self, feature: str, larger: bool, than: Phrase) -> tuple[Scores, str]:
        anchors = self._anchors(than)
        values = self.facts.feature(feature)
        of_all = than.plural and bool(anchors)  # larger than each of them
        total = np.full(len(self.facts), float(of_all))
        for row, weight in anchors:
            ratio = np.log(values / values[row]) if feature != "top" else values - values[row]
            found = 1 / (1 + np.exp(np.clip(-(ratio if larger else -ratio) / 0.03, -50, 50)))
            found[row] = float(of_all)
            total = (np.minimum if of_all else np.maximum)(total, weight * found)
        word = {"volume": "larger", "top": "higher", "height": "taller"}.get(feature, "longer")
        if not larger:
            word = {"larger": "smaller", "higher": "lower"}.get(word, "shorter")
        return total, f"{word} than {self._titles([row for row, _ in anchors]) or than.text}"

    def _on_side(self, side: str) -> tuple[Scores, str]:
        standpoint = self.viewer
        if standpoint.heading is None:
            self.note(
                "Left, right, front and behind need a viewer who looks at something, as in 'from "
                "the desk, facing the door'; I look from the middle of the room to its +y side."
            )
        ahead = np.array([0.0, 1.0]) if standpoint.heading is None else standpoint.heading
        offsets = self.facts.middle[:, :2] - standpoint.position
        left = np.array([-ahead[1], ahead[0]])
        seen = np.stack([offsets @ left, offsets @ ahead], axis=1)
        # What is ahead of the viewer is behind an object, but in front of the viewer.
        turned = {"front": "behind", "behind": "front"}.get(side, side)
        return side_scores(seen, turned), f"{side} of a viewer at {standpoint.text}"

    def _extreme(self, condition: Extreme, scores: Scores) -> tuple[Scores, str]:
        names = FEATURE_WORDS[condition.feature]
        word = names[0] if condition.largest else names[1]
        text = word if condition.rank == 1 else f"{ordinal(condition.rank)} {word}"
        rows = np.flatnonzero(scores >= MATCH)
        if condition.feature == "left":
            values = self._leftness(rows)
            text += f", seen from {self.viewer.text}"
        else:
            values = self.facts.feature(condition.feature)
        ordered = rows[np.argsort(-values[rows] if condition.largest else values[rows])]
        if condition.feature in _SOFT_FEATURE:
            apart, soft = values, _SOFT_FEATURE[condition.feature]
        else:
            apart, soft = np.log(np.maximum(values, 1e-6)), _SOFT_SHARE
        return self._ranked(scores, ordered, condition.rank, apart / soft), text

    def _leftness(self, rows: NDArray[np.integer]) -> Scores:
        """How far each object is to the left for a viewer who looks at the middle of some."""
        middle = self.facts.middle[:, :2]
        standpoint = self.viewer
        ahead = standpoint.heading
        if ahead is None:
            target = middle[rows].mean(axis=0) if len(rows) else standpoint.position
            ahead = target - standpoint.position
            if np.linalg.norm(ahead) < 0.3:
                ahead = np.array([0.0, 1.0])
        left = np.array([-ahead[1], ahead[0]]) / np.linalg.norm(ahead)
        found: Scores = (middle - standpoint.position) @ left
        return found

    def _nearest(
        self, relation: str, phrases: tuple[Phrase, ...], rank: int, scores: Scores
    ) -> tuple[Scores, str]:
        rows = [row for row, _ in self._any_anchors(phrases)]
        words = SIDE_WORDS[relation]
        order = f"{ordinal(rank)} " if rank > 1 else ""
        text = f"{order}{words} {self._titles(rows) or phrases[0].text}"
        if not rows:
            return np.zeros(len(scores)), text
        middle = self.facts.middle
        apart = np.linalg.norm(middle[:, None, :2] - middle[None, rows, :2], axis=2)
        distance = (self.facts.gaps[:, rows] + 0.25 * apart).min(axis=1)
        kept = np.array([row for row in np.flatnonzero(scores >= MATCH) if row not in rows], int)
        ordered = kept[np.argsort(distance[kept] * (1 if relation == "nearest" else -1))]
        left = np.where(np.isin(np.arange(len(scores)), rows), 0.0, scores)
        return self._ranked(left, ordered, rank, distance / _SOFT_DISTANCE), text

    @staticmethod
    def _ranked(scores: Scores, ordered: NDArray[np.integer], rank: int, values: Scores) -> Scores:
        """Keeps the object of a rank, and in part those whose values are hardly different."""
        result = np.zeros(len(scores))
        if rank > len(ordered):
            return result
        best = ordered[rank - 1]
        close = np.exp(-np.abs(values[ordered] - values[best]))
        result[ordered] = scores[ordered] * close
        return result

    def _anchors(self, phrase: Phrase) -> list[tuple[int, float]]:
        """Rows and scores of the objects that a phrase inside another means."""
        before = self.reason
        scores = self.scores(phrase)
        rows = self.chosen(scores, plural=phrase.plural)
        if len(rows) > 1 and not phrase.plural and not phrase.pronoun:
            self.note(f"{len(rows)} objects may be '{phrase.text}'; any of them counts.")
        if not rows and not may_be_missing(phrase):
            self.unknown = self.unknown or self.reason
        self.reason = before or self.reason
        self.anchors += rows
        return [(row, float(scores[row])) for row in rows]

    def _any_anchors(self, phrases: tuple[Phrase, ...]) -> list[tuple[int, float]]:
        """Rows and scores of the objects that any of some phrases means; some may mean none."""
        before, found = self.unknown, [self._anchors(phrase) for phrase in phrases]
        if any(found):
            self.unknown = before
            for phrase in (one for one, rows in zip(phrases, found, strict=True) if not rows):
                self.note(f"Nothing was found for '{phrase.text}'.")
        return [pair for rows in found for pair in rows]

    def _note_step(self, text: str, scores: Scores) -> None:
        rows = self.chosen(scores, plural=True)
        shown = self._titles(rows[:_LISTED]) or "none"
        more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
        ids = tuple(int(self.facts.id[row]) for row in rows)
        self.steps.append(AnswerStep(f"{text}: {shown}{more}", ids))

    def note(self, text: str) -> None:
        """Adds what was assumed or left out, once."""
        if text not in self.notes:
            self.notes.append(text)

    def _titles(self, rows: list[int]) -> str:
        return ", ".join(self.facts.title(row) for row in rows)

    def _none_called(self, phrase: Phrase) -> str:
        if phrase.name is None:
            return "The scene has no objects."
        if not self.facts.has_names:
            if self.facts.is_object.any():
                self.unknown = self.unknown or _NO_NAMES
            return _NO_NAMES
        return f"No object is called '{phrase.name}'."

    def _none_left(self, phrase: Phrase, before: Scores, text: str) -> str:
        count = int((before >= MATCH).sum())
        verb = "is" if count == 1 else "are"
        start = f"There {verb} {counted(count, phrase.name or 'object')}, but none is {text}"
        return start.replace(" is with ", " is one ") + "."
