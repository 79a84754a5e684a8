"""What was measured, as Markdown for benchmarks/RESULTS.md."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seedbed.evaluation.answers import Answer, atoms, character_errors, score, shuffled, whole
from seedbed.evaluation.behaviour import Diversity, GuidancePoint, RatioRow
from seedbed.evaluation.intervals import Share
from seedbed.evaluation.scope import EVERYTHING, Scope

__all__ = ["Results", "SkillResults", "markdown"]

_HEAD = ("skill", "pictures", "score (95 %)", "whole prompt", "renderer", "round trip", "shuffled")


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
        *_spelling(results),
        "Claims, over all prompts:",
        _table(("claim", "held", "renderer", "shuffled"), _claims(results)),
        *_guidance(results.guidance),
        *_behaviour(results),
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
