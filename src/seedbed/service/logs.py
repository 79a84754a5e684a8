"""Structured logs on standard error: JSON for machines, colours for a terminal."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from seedbed.settings import Settings

__all__ = ["configure_logs"]

# What these tell at INFO, our own lines tell better; httpx2 tells whole URLs, links' tokens included.
_CHATTY = ("uvicorn.access", "uvicorn.error", "dbos", "asyncio", "aiohttp.access", "httpx2")


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log line of this process, the libraries' too, to `stream` in one form.

    Args:
        settings: form and least severity.
        stream: where to, standard error by default; `auto` means colours if it is a terminal, else JSON.
    """
    stream = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level.lower()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=_rendering(_is_json(settings, stream), stream.isatty())
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))


def _is_json(settings: Settings, stream: TextIO) -> bool:
    return settings.log_format == "json" or (settings.log_format == "auto" and not stream.isatty())


def _rendering(is_json: bool, colours: bool) -> list[Processor]:
    # Tracebacks without local variables: those hold keys and secrets.
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if not is_json:
        console = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
        return [meta, console]
    tracebacks = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    return [meta, tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
