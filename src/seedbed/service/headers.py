"""What the contract's bodies have no room for: the `x-seedbed-…` response headers."""

from collections.abc import Iterable
from urllib.parse import quote

from seedbed.request import Resolution
from seedbed.task import Remarks, Task

__all__ = ["POST_HEADERS", "TASK_HEADERS", "listed", "task_headers"]

MAX_LIST_CHARACTERS = 2048
"""Proxies cut headers off from about 8 KB on; a prompt of 4096 unknown words must not break its answer."""

TASK_HEADERS = {
    "x-seedbed-seed": "The seed that is drawn with.",
    "x-seedbed-size": "Width and height in pixels, as in 2048x2048.",
    "x-seedbed-queue-position": "Tasks that come before this one; only while it waits.",
    "x-seedbed-step": "Network steps done of all, as in 3/10; only while it is drawn.",
    "x-seedbed-model": "The model that drew it; only once COMPLETED.",
    "x-seedbed-model-digest": "SHA-256 of the model's weights, hexadecimal; only once COMPLETED.",
    "x-seedbed-ignored-words": "Words of the prompt that the model does not know: percent-encoded UTF-8, "
    "separated by commas, `...` at the end if there were more.",
    "x-seedbed-read-as": "Misspelt words of the prompt and what they were read as, as in `pizzza=pizza`, encoded like "
    "`x-seedbed-ignored-words`.",
    "x-seedbed-guidance-applied": "`false` if the model takes no guidance, else the scale that it was given where it "
    "does not go as low or high as was asked; only once COMPLETED.",
    "x-seedbed-ignored-parameters": "Fields of the request that had no effect on the model, separated by commas.",
    "x-seedbed-dropped-tokens": "How many tokens at the prompt's end the model could not read.",
    "x-seedbed-drawn-size": "The size that it was drawn at before it was enlarged, if memory did not suffice for the "
    "model's own.",
    "x-seedbed-safety": "`flagged` if the operator's safety checker takes the picture for unsafe.",
}
"""What each header of an answer about a task means."""

POST_HEADERS = {
    "x-seedbed-ignored-fields": "Fields of the body that mean nothing to this server, encoded like "
    "`x-seedbed-ignored-words`.",
    "x-seedbed-webhook-refused": "Why this server will never call the webhook_url.",
}
"""What a POST's answer warns of besides."""


def task_headers(task: Task, resolution: Resolution, queue_position: int | None = None) -> dict[str, str]:
    """Everything the headers tell of a task.

    Args:
        task: any task.
        resolution: what sizes the server draws; a finished image tells its own.
        queue_position: the number of tasks before this one, if it waits.
    """
    size = task.image.size if task.image else task.request.aspect_ratio.pixel_size(resolution)
    facts = {
        "x-seedbed-seed": str(task.request.seed),
        "x-seedbed-size": str(size),
    }
    if queue_position is not None:
        facts["x-seedbed-queue-position"] = str(queue_position)
    if task.num_inference_steps and not task.status.is_terminal:
        facts["x-seedbed-step"] = f"{task.step}/{task.num_inference_steps}"
    if task.image is not None:
        facts["x-seedbed-model"] = quote(task.image.model)
        facts["x-seedbed-model-digest"] = task.image.model_digest
        facts.update(listed("x-seedbed-ignored-words", task.image.ignored_words))
        read_as = (f"{written}={read_as}" for written, read_as in task.image.corrections)
        facts.update(listed("x-seedbed-read-as", read_as, safe="="))
        facts.update(_remarks(task.image.remarks))
    return facts


def _remarks(remarks: Remarks) -> dict[str, str]:
    facts = listed("x-seedbed-ignored-parameters", remarks.ignored_parameters)
    if "guidance_scale" in remarks.ignored_parameters:
        facts["x-seedbed-guidance-applied"] = "false"
    elif remarks.applied_guidance_scale is not None:
        facts["x-seedbed-guidance-applied"] = f"{remarks.applied_guidance_scale:g}"
    if remarks.dropped_tokens:
        facts["x-seedbed-dropped-tokens"] = str(remarks.dropped_tokens)
    if remarks.drawn_size is not None:
        facts["x-seedbed-drawn-size"] = remarks.drawn_size
    if remarks.is_flagged:
        facts["x-seedbed-safety"] = "flagged"
    if remarks.batch_size:
        facts["x-seedbed-batch-size"] = str(remarks.batch_size)
    return facts


def listed(header: str, words: Iterable[str], *, safe: str = "") -> dict[str, str]:
    """`header` holding `words`, each percent-encoded but for `safe` characters; nothing for no words."""
    value = ""
    for word in words:
        longer = f"{value},{quote(word, safe=safe)}" if value else quote(word, safe=safe)
        if len(longer) > MAX_LIST_CHARACTERS:
            return {header: f"{value},..." if value else "..."}
        value = longer
    return {header: value} if value else {}
