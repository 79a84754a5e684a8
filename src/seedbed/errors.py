"""Every error that Seedbed raises on purpose; whoever calls us catches `SeedbedError`.

SeedbedError
├── ConfigurationError          the settings or the installation cannot work as they are
├── InvalidRequest              a request breaks the contract; names each field (400)
├── AuthenticationError
│   ├── MissingKey              no API key was sent (401)
│   └── InvalidKey              the API key is unknown or revoked (401)
├── LinkError                   an image URL expired or was changed (403)
├── TaskNotFound                no such task, or another key's (404)
├── IdempotencyConflict         the Idempotency-Key was used with another body (409)
├── TooManyRequests             over the caller's rate (429)
├── QueueFull                   as many tasks wait as may wait (503)
├── NotReady                    the model is still loading (503)
├── IllegalTransition           a task cannot go from this status to that one
├── StorageError                an image could not be written or read
├── CheckpointError             a weights file is missing, damaged or of another shape
└── EngineError                 drawing failed; its text is the task's reason
    ├── EngineCrashed           the engine's process died
    ├── EngineTimeout           the engine gave no sign of life for too long
    └── GenerationCancelled     the task was cancelled between two steps
"""

from dataclasses import dataclass

__all__ = [
    "AuthenticationError",
    "CheckpointError",
    "ConfigurationError",
    "EngineCrashed",
    "EngineError",
    "EngineTimeout",
    "GenerationCancelled",
    "IdempotencyConflict",
    "IllegalTransition",
    "InvalidKey",
    "InvalidParam",
    "InvalidRequest",
    "LinkError",
    "MissingKey",
    "NotReady",
    "QueueFull",
    "SeedbedError",
    "StorageError",
    "TaskNotFound",
    "TooManyRequests",
]


class SeedbedError(Exception):
    """The root of every error that Seedbed raises on purpose."""


class ConfigurationError(SeedbedError):
    """The settings or the installation cannot work as they are."""


@dataclass(frozen=True, slots=True)
class InvalidParam:
    """One field of a request and what is wrong with it."""

    name: str
    reason: str


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


class LinkError(SeedbedError):
    """An image URL expired or was changed."""


class TaskNotFound(SeedbedError):
    """There is no such task, or it belongs to another key."""


class IdempotencyConflict(SeedbedError):
    """The Idempotency-Key was used before with another body."""


class TooManyRequests(SeedbedError):
    """The caller went over its rate."""


class QueueFull(SeedbedError):
    """As many tasks wait as may wait."""


class NotReady(SeedbedError):
    """The model is still loading."""


class IllegalTransition(SeedbedError):
    """A task cannot go from its status to the one asked for."""


class StorageError(SeedbedError):
    """An image could not be written or read."""


class CheckpointError(SeedbedError):
    """A weights file is missing, damaged or of another shape."""


class EngineError(SeedbedError):
    """Drawing failed; the text is the task's reason."""


class EngineCrashed(EngineError):
    """The engine's process died."""


class EngineTimeout(EngineError):
    """The engine gave no sign of life for too long."""


class GenerationCancelled(EngineError):
    """The task was cancelled between two steps."""
