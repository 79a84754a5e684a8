"""Notices what a pipeline's tokenizers cut off: pipelines cut long prompts without a word."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers import PreTrainedTokenizerBase

__all__ = ["PromptCuts"]


class PromptCuts:
    """Watches all tokenizers of one pipeline.

    Args:
        components: the pipeline's parts; what is no tokenizer, and holds none, is passed over.
    """

    def __init__(self, components: dict[str, Any]) -> None:
        self._cut: dict[int, list[int]] | None = None
        for component in components.values():
            # Processors of models that also see hold theirs inside.
            tokenizer = getattr(component, "tokenizer", component)
            if isinstance(tokenizer, PreTrainedTokenizerBase):
                self._watch(tokenizer)

    @contextmanager
    def counted(self) -> Iterator["PromptCuts"]:
        """Count from here on, until the end of the block."""
        self._cut = {}
        yield self

    def dropped_tokens(self, prompts: int = 1) -> list[int]:
        """Of each of so many prompts, the tokens that no text encoder got to read; a template's own count as well."""
        # Negative prompts go the same way, in the same order; the longer of the two is the prompt.
        cuts = [[max(rows[prompt::prompts], default=0) for prompt in range(prompts)] for rows in self._rows()]
        return [min(cut) for cut in zip(*cuts, strict=True)] if cuts else [0] * prompts

    def _watch(self, tokenizer: PreTrainedTokenizerBase) -> None:
        plain = type(tokenizer)
        cuts = self

        class Watched(plain):  # type: ignore[misc,valid-type]
            """The tokenizer's own class, but for its calls' being overheard."""

            def __call__(self, text: Any = None, *more: Any, **options: Any) -> Any:
                encoded = plain.__call__(self, text, *more, **options)
                limit = options.get("max_length")
                if options.get("truncation") and limit:
                    whole = plain.__call__(self, text, **_unlimited(options))
                    cuts._note(id(self), [max(0, length - limit) for length in _lengths(whole["input_ids"])])
                return encoded

        # Its name goes into what pipelines say of themselves.
        Watched.__name__, Watched.__qualname__ = plain.__name__, plain.__qualname__
        Watched.__module__ = plain.__module__
        tokenizer.__class__ = Watched

    def _note(self, tokenizer: int, cuts: list[int]) -> None:
        if self._cut is not None:
            self._cut.setdefault(tokenizer, []).extend(cuts)

    def _rows(self) -> list[list[int]]:
        return list((self._cut or {}).values())


def _unlimited(options: dict[str, Any]) -> dict[str, Any]:
    left_out = ("max_length", "truncation", "padding", "return_tensors", "return_overflowing_tokens", "return_length")
    return {**{key: value for key, value in options.items() if key not in left_out}, "truncation": False}


def _lengths(ids: list[Any]) -> list[int]:
    return [len(row) for row in ids] if ids and isinstance(ids[0], list) else [len(ids)]
