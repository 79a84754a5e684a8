"""Every error that Seedbed raises on purpose; whoever calls us catches `SeedbedError`.

SeedbedError
├── ConfigurationError          the settings or the installation cannot work as they are
├── InvalidRequest              a request breaks the contract; names each field (400)
├── AuthenticationError
│   ├── MissingKey              no API key was sent (401)
│   └── InvalidKey              the API key is unknown or revoked (401)
├── ScopeMissing                the API key may not do that (403)
├── LinkError                   an image URL expired or was changed (403)
├── SignatureError              a webhook was not signed with our secret, or too long ago
├── TaskNotFound                no such task, or another key's (404)
├── DeliveryNotFound            no webhook of that id was tried, or it is another key's (404)
├── KeyNotFound                 there is no API key of that id (404)
├── ReplayRefused               what the webhook told of is over: the task has another status by now (409)
├── IdempotencyConflict         the Idempotency-Key was used with another body (409)
├── TooManyRequests             over the caller's rate (429)
│   └── KeyBusy                 as many of the key's tasks are under way as may be (429)
├── QueueFull                   as many tasks wait as may wait (503)
├── NotReady                    the model is still loading (503)
├── ServerUnreachable           a client got no answer, however often it asked
├── ServerError                 a client was answered what the contract does not know (5xx)
├── TaskTimeout                 a client waited for a task as long as it may
├── ServerBusy                  as many large bodies are under way as may be (503)
├── IllegalTransition           a task cannot go from this status to that one
├── BodyTooLarge                the request's body is over the limit (413)
├── StorageError                an image could not be written or read
│   └── ImageNotFound           there is no such image (404)
├── CheckpointError             a weights file is missing, damaged or of another shape
├── TrainingDiverged            gradients are no numbers any more; the last checkpoint is still good
└── EngineError                 drawing failed; its text is the task's reason
    ├── EngineCrashed           the engine's process died
    ├── EngineTimeout           the engine gave no sign of life for too long
    ├── AttemptsExhausted       a task was tried as often as it may be
    └── GenerationCancelled     the task was cancelled between two steps
"""

from dataclasses import dataclass

__all__ = [
    "AttemptsExhausted",
    "AuthenticationError",
    "BodyTooLarge",
    "CheckpointError",
    "ConfigurationError",
    "DeliveryNotFound",
    "EngineCrashed",
    "EngineError",
    "EngineTimeout",
    "GenerationCancelled",
    "IdempotencyConflict",
    "IllegalTransition",
    "ImageNotFound",
    "InvalidKey",
    "InvalidParam",
    "InvalidRequest",
    "KeyBusy",
    "KeyNotFound",
    "LinkError",
    "MissingKey",
    "NotReady",
    "QueueFull",
    "ReplayRefused",
    "ScopeMissing",
    "SeedbedError",
    "ServerBusy",
    "ServerError",
    "ServerUnreachable",
    "SignatureError",
    "StorageError",
    "TaskNotFound",
    "TaskTimeout",
    "TooManyRequests",
    "TrainingDiverged",
]


class SeedbedError(Exception):
    """The root of every error that Seedbed raises on purpose."""


class ConfigurationError(SeedbedError):
    """The settings or the installation cannot work as they are."""


@dataclass(frozen=True, slots=True)
class InvalidParam:
    """One field of a request and what is wrong with it."""

    name: str
    """The field, header or query parameter."""
    reason: str
    """What is wrong, as one clause."""
    location: str = "body"
    """Where it stands: body, query or header."""

    @property
    def field(self) -> str:
        """The name with its place before it, as in `body.seed`; the place alone if all of it is wrong."""
        return self.location if self.name == self.location else f"{self.location}.{self.name}"


class InvalidRequest(SeedbedError):
    """A request breaks the contract."""

    def __init__(self, *params: InvalidParam) -> None:
        super().__init__("; ".join(f"{param.name}: {param.reason}" for param in params))
        self.params = params


class AuthenticationError(SeedbedError):
    """The caller did not show a valid API key."""


class MissingKey(AuthenticationError):
    """No API key was sent."""


class InvalidKey(AuthenticationError):
    """The API key is unknown or revoked."""


class ScopeMissing(SeedbedError):
    """The API key is valid, but may not do that."""


class LinkError(SeedbedError):
    """An image URL expired or was changed."""


class SignatureError(SeedbedError):
    """A webhook was not signed with the receiver's secret, or not within five minutes."""


class TaskNotFound(SeedbedError):
    """There is no such task, or it belongs to another key."""


class DeliveryNotFound(SeedbedError):
    """No webhook of that id was tried, or it belongs to another key."""


class KeyNotFound(SeedbedError):
    """There is no API key of that id."""


class ReplayRefused(SeedbedError):
    """A webhook is not told again: its task has another status by now."""


class IdempotencyConflict(SeedbedError):
    """The Idempotency-Key was used before with another body."""


class TooManyRequests(SeedbedError):
    """The caller went over its rate."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after
        """Seconds until the caller may try again."""


class KeyBusy(TooManyRequests):
    """As many of the key's tasks wait or are drawn as may be."""


class QueueFull(SeedbedError):
    """As many tasks wait as may wait."""


class NotReady(SeedbedError):
    """The model is still loading."""


class ServerUnreachable(SeedbedError):
    """A client got no answer, however often it asked."""


class ServerError(SeedbedError):
    """A client was answered what the contract does not know."""


class TaskTimeout(SeedbedError):
    """A client waited for a task as long as it may; the task goes on."""


class IllegalTransition(SeedbedError):
    """A task cannot go from its status to the one asked for."""


class ServerBusy(SeedbedError):
    """As many large bodies are under way as may be at once."""


class BodyTooLarge(SeedbedError):
    """The request's body is over the limit."""


class StorageError(SeedbedError):
    """An image could not be written or read."""


class ImageNotFound(StorageError):
    """There is no such image."""


class CheckpointError(SeedbedError):
    """A weights file is missing, damaged or of another shape."""


class TrainingDiverged(SeedbedError):
    """Gradients are no numbers any more; the last checkpoint is still good."""


class EngineError(SeedbedError):
    """Drawing failed; the text is the task's reason."""


class EngineCrashed(EngineError):
    """The engine's process died."""


class EngineTimeout(EngineError):
    """The engine gave no sign of life for too long."""


class AttemptsExhausted(EngineError):
    """A task was tried as often as it may be; the text tells of its last failure."""


class GenerationCancelled(EngineError):
    """The task was cancelled between two steps."""
