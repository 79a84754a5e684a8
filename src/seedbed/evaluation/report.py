"""What was measured, as Markdown for benchmarks/RESULTS.md."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seedbed.evaluation.answers import Answer, atoms, character_errors, score, shuffled, whole
from seedbed.evaluation.behaviour import Diversity, GuidancePoint, RatioRow
from seedbed.evaluation.causes import Cause, by_background, by_style, causes, missed_nouns
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.scope import EVERYTHING, Scope

__all__ = ["TARGETS", "Results", "SkillResults", "markdown"]

TARGETS = {
    "one object": 0.95,
    "two objects": 0.9,
    "position": 0.9,
    "colours": 0.9,
    "counting": 0.8,
    "colour binding": 0.8,
    "styles": 0.95,
    "backgrounds": 0.95,
}
"""What this project wants of each skill."""
_MISSED = 40
"""Nouns that are listed as missed."""


@dataclass(frozen=True, slots=True)
class SkillResults:
    """One skill's answers, from each source."""

    name: str
    drawn: Sequence[Answer]
    """Sprout's."""
    rendered: Sequence[Answer]
    """The renderer's: what the judge says of the truth."""
    round_trip: Sequence[Answer]
    """The autoencoder's."""


@dataclass(frozen=True, slots=True)
class Results:
    """All of one evaluation."""

    weights: str
    """The digest of the weights."""
    prompts: str
    """The digest of the prompts."""
    scope: Scope
    """What was asked for."""
    exam: dict[str, list[float]]
    """The judge's own accuracies, each with its interval."""
    skills: Sequence[SkillResults]
    guidance: Sequence[GuidancePoint] = ()
    diversity: Diversity | None = None
    is_repeatable: bool | None = None
    ratios: Sequence[RatioRow] = field(default=())
    unasked: Mapping[str, str] = field(default_factory=dict)
    """Skills that could not be asked for, each with the reason."""


def markdown(results: Results) -> str:
    """The whole report."""
    parts = [
        f"Weights `{results.weights[:12]}`, prompts `{results.prompts[:12]}`: {_said(results.scope)}.",
        _table(
            ("skill", "pictures", "score (95 %)", "whole prompt", "renderer", "round trip", "shuffled"),
            _skills(results),
        ),
        *(f"Not asked: {name}, since {why}." for name, why in results.unasked.items()),
        *_targets(results),
        *_spelling(results),
        "Claims, over all prompts:",
        _table(("claim", "held", "renderer", "shuffled"), _claims(results)),
        *_guidance(results.guidance),
        *_behaviour(results),
        *_breakdown(results),
        *_exam(results.exam),
    ]
    return "\n\n".join(parts) + "\n"


def _said(scope: Scope) -> str:
    parts = (
        (scope.nouns, EVERYTHING.nouns, "nouns"),
        (len(scope.styles), len(EVERYTHING.styles), "styles"),
        (len(scope.backgrounds), len(EVERYTHING.backgrounds), "kinds of backgrounds"),
    )
    return ", ".join(f"{some} of {all_} {what}" for some, all_, what in parts)


def _skills(results: Results) -> Iterator[tuple[str, ...]]:
    for skill in results.skills:
        floor = score(shuffled(skill.drawn))
        yield (
            skill.name,
            str(len(skill.drawn)),
            _with_interval(score(skill.drawn)),
            _percent(whole(skill.drawn).value),
            _percent(score(skill.rendered).value),
            _percent(score(skill.round_trip).value),
            _percent(floor.value),
        )


def _targets(results: Results) -> Iterator[str]:
    """Which targets of the project are reached, and by how much the others are missed."""
    values = {skill.name: score(skill.drawn).value for skill in results.skills}
    said = (
        f"{name} {_percent(wanted, 0)}: {'reached' if values[name] >= wanted else f'{_percent(values[name])}'}"
        for name, wanted in TARGETS.items()
        if name in values
    )
    if line := "; ".join(said):
        yield f"Targets: {line}."


def _claims(results: Results) -> Iterator[tuple[str, ...]]:
    drawn = [answer for skill in results.skills for answer in skill.drawn]
    real = atoms(answer for skill in results.skills for answer in skill.rendered)
    floor = atoms(shuffled(drawn))
    for kind, share in atoms(drawn).items():
        yield kind.value, _with_interval(share), _percent(real[kind].value), _percent(floor[kind].value)


def _spelling(results: Results) -> Iterator[str]:
    drawn, rendered = (
        character_errors(answer for skill in results.skills for answer in getattr(skill, source))
        for source in ("drawn", "rendered")
    )
    if drawn is not None and rendered is not None:
        yield f"Characters wrong in words, as tesseract reads them: {_percent(drawn)}; renderer {_percent(rendered)}."


def _guidance(points: Sequence[GuidancePoint]) -> Iterator[str]:
    if points:
        rows = (
            (
                "renderer" if point.scale is None else f"{point.scale:g}",
                _with_interval(point.adherence),
                f"{point.saturation:.3f}",
                _percent(point.clipped, 2),
            )
            for point in points
        )
        yield _table(("guidance scale", "score (95 %)", "saturation", "clipped pixels"), rows)
        yield from _burnt({point.scale: point for point in points})


def _burnt(points: Mapping[float | None, GuidancePoint]) -> Iterator[str]:
    """What guidance of 20 costs, beside the default's and the best."""
    if not {2.5, 20.0} <= points.keys():
        return
    usual, most = points[2.5], points[20.0]
    best = max(point.adherence.value for scale, point in points.items() if scale is not None)
    clipped = most.clipped / usual.clipped if usual.clipped else 1.0
    lost = 100 * (best - most.adherence.value)
    yield (
        f"At 20, {clipped:.2f} times as many pixels are clipped as at 2.5 (at most 2 are wanted), and the score is "
        f"{lost:.1f} points below the best (at most 3)."
    )


def _behaviour(results: Results) -> Iterator[str]:
    if results.ratios:
        rows = (
            (row.aspect_ratio.value, _with_interval(row.score), _with_interval(row.uncut), _percent(row.worst))
            for row in results.ratios
        )
        yield _table(("aspect ratio", "score (95 %)", "no named object cut", "most of a side cut"), rows)
    if results.diversity is not None:
        drawn, rendered = results.diversity.drawn, results.diversity.rendered
        share = drawn / rendered if rendered else 0.0
        yield f"Diversity over seeds: {drawn:.3f}; among renders of the same prompts {rendered:.3f}: {share:.2f} of it."
    if results.is_repeatable is not None:
        yield f"The same prompt and seed twice: {'the same pixels' if results.is_repeatable else 'DIFFERENT PIXELS'}."


def _breakdown(results: Results) -> Iterator[str]:
    """What fails, and where: in numbers of pictures and in shares."""
    drawn = [answer for skill in results.skills for answer in skill.drawn]
    found = {skill.name: causes(skill.drawn) for skill in results.skills}
    columns = [cause for cause in Cause if any(cause in counts for counts in found.values())]
    if columns:
        rows = ((name, *(str(counts[cause] or "") for cause in columns)) for name, counts in found.items())
        yield "Why pictures fail, each for the first thing that is wrong with it:"
        yield _table(("skill", *(cause.value for cause in columns)), rows)
    for name, groups in (("style", by_style(drawn)), ("background", by_background(drawn))):
        head = (f"{name} asked for", "pictures", "score", "objects", "backgrounds", "styles")
        rows = (
            (
                group,
                str(shares["score"].trials),
                *(_percent(one.value) if one.trials else "" for one in shares.values()),
            )
            for group, shares in groups.items()
        )
        yield _table(head, rows)
    if missed := missed_nouns(drawn):
        worst = (f"{name} {share.successes}/{share.trials}" for name, share in list(missed.items())[:_MISSED])
        yield f"Nouns not seen each time, the first {_MISSED} of {len(missed)}: {', '.join(worst)}."


def _exam(exam: dict[str, list[float]]) -> Iterator[str]:
    if exam:
        rows = (
            (name, f"{_percent(value)} ({_percent(low)} to {_percent(high)})")
            for name, (value, low, high) in exam.items()
        )
        yield "The judge itself, on rendered scenes with combinations that it never saw:"
        yield _table(("what", "right (95 %)"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _with_interval(share: Share) -> str:
    low, high = share.interval
    return f"{_percent(share.value)} ({_percent(low)} to {_percent(high)})"


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f} %"
