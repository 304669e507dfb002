"""Mark one copy: its answers, as data, against the key of its learner's variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from pydantic import JsonValue

from cinqcles.messages import _
from cinqcles.worksheet.answers import Answer, newest
from cinqcles.worksheet.questions import BaseQuestion, Code, Form, FreeText, Mark, Plan


@dataclass(frozen=True)
class Verdict:
    """What one answer of a copy is worth.

    Attributes:
        value: the answer; ``None`` when there is none to mark.
    """

    question: BaseQuestion
    value: JsonValue
    mark: Mark

    def score(self, points: float) -> float:
        """The points earned out of ``points``: a plain finite float, within 0 and ``points``."""
        return min(max(round(self.mark.share * points, 2), 0.0), float(points))

    def record(self) -> dict[str, JsonValue]:
        """The answer and its mark as text, to be shown to the grader and to the learner."""
        try:
            answer = self.question.describe(self.value) if self.value is not None else None
        except (TypeError, ValueError, KeyError):
            answer = str(self.value)[:500]
        rubric: list[JsonValue] = []
        if isinstance(self.question, FreeText | Form | Plan):
            rubric += self.question.rubric
        return {
            "prompt": self.question.prompt,
            "answer": answer,
            "reason": self.mark.reason,
            "rubric": rubric,
        }

    def html(self) -> str:
        """The same, as nbgrader's pages show it."""
        shown = self.record()
        answer, rubric = shown["answer"], shown["rubric"]
        said = (
            escape(str(answer)).replace("\n", "</div><div>")
            if answer
            else f"<em>{escape(_('pas de réponse'))}</em>"
        )
        lines = [
            f"<div><strong>{escape(str(shown['prompt']))}</strong></div>",
            f"<div>{escape(_('Réponse'))}\u00a0: {said}</div>",
            *(f"<div>{escape(line)}</div>" for line in str(shown["reason"]).split("\n")),
        ]
        if isinstance(rubric, list) and rubric:
            items = "".join(f"<li>{escape(str(line))}</li>" for line in rubric)
            lines.append(f"<div>{escape(_('Ce qui est évalué'))}\u00a0:</div><ul>{items}</ul>")
        return f'<div class="cinqcles-verdict">{"".join(lines)}</div>'


def mark_answers(
    answers: Iterable[Answer],
    reference: Mapping[str, BaseQuestion],
    *,
    worksheet: str,
    learner: str,
    variant: int,
    results: Mapping[str, list[JsonValue] | str],
) -> dict[str, Verdict]:
    """Mark every question of the reference.

    An answer that another learner gave, or that was given on other numbers, earns nothing and
    is set aside for a person to look at.

    Args:
        answers: every answer of the copy.
        worksheet, learner, variant: whose copy it should be.
        results: for each code question, what the copy's function returned for every case; or
            why it could not be run; nothing when the copy has no code of its own.
    """
    given = [a for a in answers if a.revision]
    mine = (worksheet, learner, variant)
    own = newest(a for a in given if (a.worksheet, a.learner, a.variant) == mine)
    foreign = newest(a for a in given if (a.worksheet, a.learner, a.variant) != mine)
    verdicts = {}
    for name, question in reference.items():
        value = own[name].value if name in own else None
        if name in foreign and name not in own:
            verdicts[name] = Verdict(
                question, foreign[name].value, _set_aside(foreign[name], worksheet, learner)
            )
        elif isinstance(question, Code):
            # The results that a copy claims count for nothing: only those of our own run do.
            verdicts[name] = _mark_code(question, value, results.get(name, []))
        else:
            verdicts[name] = Verdict(question, value, question.mark(value))
    return verdicts


def _mark_code(question: BaseQuestion, value: JsonValue, results: list[JsonValue] | str) -> Verdict:
    if isinstance(results, str):
        return Verdict(question, value, Mark(share=0, reason=results, review=True))
    # A function left as it was given returns nothing at all.
    answered = any(result is not None for result in results)
    return Verdict(question, results, question.mark(results if answered else None))


def _set_aside(answer: Answer, worksheet: str, learner: str) -> Mark:
    if answer.worksheet != worksheet:
        why = _("Cette réponse vient de la feuille «\u00a0{other}\u00a0».").format(
            other=answer.worksheet
        )
    elif answer.learner != learner:
        why = _(
            "Cette réponse a été donnée sous l’identifiant «\u00a0{other}\u00a0», et non "
            "«\u00a0{learner}\u00a0»."
        ).format(other=answer.learner, learner=learner)
    else:
        why = _("Cette réponse porte sur d’autres données que celles de cette copie.")
    return Mark(share=0, reason=why, review=True)
