"""Every setting, read once from `SEEDBED_…` variables; each is documented where it stands."""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from seedbed.errors import ConfigurationError
from seedbed.request import Resolution

__all__ = ["SEEDREAM_ALIAS", "Batching", "Offload", "Quantisation", "Settings", "load_settings"]

PREFIX = "SEEDBED_"
SEEDREAM_ALIAS = "seedream-v4"
"""The route of the server's own model."""
ALIAS = re.compile(r"[a-z0-9][a-z0-9-]{0,63}=.+")
SecretList = Annotated[tuple[SecretStr, ...], NoDecode]
TextList = Annotated[tuple[str, ...], NoDecode]


class Offload(StrEnum):
    """What of a model lies in the machine's memory until it is needed."""

    AUTO = "auto"
    """As the device's free memory asks for."""
    NONE = "none"
    """Nothing."""
    MODEL = "model"
    """Each part, such as the text encoder."""
    SEQUENTIAL = "sequential"
    """Each layer: little memory, and slow."""


class Batching(StrEnum):
    """Whether several requests are drawn at once."""

    EXACT = "exact"
    """Never: the same request gives the same bytes, whoever else waits."""
    THROUGHPUT = "throughput"
    """Those that go together are: more pictures an hour, whose bytes may depend on their neighbours."""


class Quantisation(StrEnum):
    """In how many bits a model's weights lie in memory: fewer need less of it, and change the pictures a little."""

    AUTO = "auto"
    """As they are, or INT8 where only that makes each part fit into the device."""
    NONE = "none"
    """As they are."""
    INT8 = "int8"
    """Eight bits a weight, by torchao."""
    NF4 = "nf4"
    """Four bits a weight, by bitsandbytes, on a GPU only."""


class Settings(BaseSettings):
    """All of Seedbed's settings. A variable named `SEEDBED_` plus the upper-case field sets each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False)

    data_dir: Path = Field(Path("seedbed-data"), description="Folder of the database and the images.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the database; default: SQLite in the data folder."
    )
    storage_url: str | None = Field(
        None, description="Where images lie: file:///… or s3://…; default: a folder in the data folder."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$",
        description="Scheme and host that image URLs start with; default: the request's own, in webhooks the server's.",
    )
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the server listens on; 0: any free one.")
    api_keys: SecretList = Field((), description="API keys that are valid from the start, separated by commas.")
    model: str = Field(
        "sprout",
        description="The model that draws: sprout, a folder or a Hugging Face repository that diffusers can run, "
        "openai+http(s)://host:port/model for one that another server runs, or noop for load tests.",
    )
    models: TextList = Field(
        (),
        description="Further models, as in `qwen=Qwen/Qwen-Image-2512,fast=./turbo`: /v1/ai/text-to-image/qwen draws "
        "with the first. Each has a process of its own.",
    )
    model_family: str | None = Field(
        None, description="What family a model is, as in docs/models.md, where its files do not tell."
    )
    num_inference_steps: int = Field(0, ge=0, description="Network steps of a picture; 0: as the family advises.")
    megapixels: PositiveFloat | None = Field(
        None,
        description="Pixels that a foreign model draws, in millions, before enlarging; default: its native number.",
    )
    device: str = Field("auto", description="Where a foreign model computes: auto, cpu, cuda, cuda:1, mps.")
    dtype: str = Field(
        "auto",
        pattern="^(auto|float32|bfloat16|float16)$",
        description="Its numbers: auto (float32 on a CPU, else bfloat16), float32, bfloat16 or float16.",
    )
    offload: Offload = Field(
        Offload.AUTO,
        description="What of it waits in the machine's memory: none, model (part by part), sequential (layer by "
        "layer), or auto, by the GPU's free memory.",
    )
    quantisation: Quantisation = Field(
        Quantisation.AUTO,
        description="How its weights lie in memory: none (as they are), int8, nf4 (a GPU and bitsandbytes), or auto: "
        "int8 where its largest part would not fit into the device otherwise. The image says what was chosen.",
    )
    compile: bool = Field(
        False, description="Whether its repeated blocks are compiled: a slower start, then faster drawing."
    )
    attention: str = Field(
        "native",
        pattern="^[a-z0-9_]{1,40}$",
        description="Which of diffusers' attention back ends it uses, such as native, _native_cudnn, flash or sage.",
    )
    vae_tiling: bool = Field(False, description="Whether it decodes tile by tile: slower, in less memory.")
    batching: Batching = Field(
        Batching.EXACT,
        description="exact: one picture at a time, so that its bytes depend on nobody; throughput: a foreign model "
        "draws waiting requests of one shape and guidance together, and each image says so.",
    )
    batch_size: PositiveInt = Field(4, description="How many it draws together at most, with throughput.")
    loras: TextList = Field(
        (), description="LoRA adapters laid over a foreign model, separated by commas: file.safetensors, or …=0.8."
    )
    safety_checker: Path | None = Field(
        None, description="Folder of a Stable Diffusion safety checker; a foreign model's pictures are then flagged."
    )
    accept_licences: TextList = Field(
        (),
        description="Licences accepted besides the open ones, separated by commas; `seedbed models list` names them.",
    )
    remote_api_key: SecretStr | None = Field(None, description="What a remote model's server wants as Bearer token.")
    remote_timeout: PositiveFloat = Field(
        600.0, description="Seconds that a remote model may take for a picture, or stay busy with others."
    )
    remote_retries: int = Field(
        2, ge=0, description="How often a picture is asked for again when a remote model's server fails."
    )
    resolution: Resolution = Field(Resolution.TWO_K, description="Pixel sizes: 1k or 2k.")
    jpeg_quality: int = Field(92, ge=1, le=100, description="JPEG quality of the images, 1 to 100.")
    embed_metadata: bool = Field(True, description="Whether images carry prompt, seed and model in EXIF and XMP.")
    previews: bool = Field(
        True, description="Whether who follows a task's events may see how its picture comes along, step by step."
    )
    num_threads: int = Field(
        0,
        ge=0,
        description="CPU threads of the engine; 0: 2 for Sprout, whose bytes depend on them, and else all cores.",
    )
    queue_limit: PositiveInt = Field(1000, description="Tasks that may wait at once; beyond it POST answers 503.")
    url_ttl: PositiveInt = Field(3600, description="Seconds until an image URL expires.")
    max_body_bytes: PositiveInt = Field(
        33_554_432,
        description="Largest request body accepted, in bytes; of all large ones, twice that at once; the rest waits.",
    )
    receive_timeout: PositiveFloat = Field(
        60.0, description="Seconds that a request may take to arrive, from its first byte to its last; beyond it 408."
    )
    rate_limit: PositiveInt = Field(100_000, description="Requests that one key may make in a minute; beyond it 429.")
    key_concurrency: PositiveInt | None = Field(
        None, description="Tasks of one key that may wait or be drawn at a time; beyond it 429. Unset: any number."
    )
    empty_list_is_404: bool = Field(
        False, description="Whether the list answers 404 for a key that has no tasks, as the hosts do."
    )
    cors_origins: TextList = Field(
        (), description="Browser origins that may call the API, separated by commas; none by default."
    )
    max_attempts: PositiveInt = Field(
        3, description="How often a task is tried when its engine crashes before it is FAILED."
    )
    engine_timeout: PositiveFloat = Field(
        60.0, description="Seconds without a sign of life after which the engine is restarted."
    )
    engine_start_timeout: PositiveFloat = Field(
        300.0, description="Seconds that loading and warming the model may take."
    )
    shutdown_grace: PositiveFloat = Field(10.0, description="Seconds that SIGTERM leaves to the running task.")
    poll_interval: PositiveFloat = Field(0.25, description="Seconds between two looks at the durable queue.")
    worker_id: str = Field(
        "server",
        pattern="^[A-Za-z0-9._-]{1,64}$",
        description="This server's name, its own among those that share a database; best the same at every start.",
    )
    tasks_at_hand: PositiveInt = Field(
        16,
        description="Tasks that a worker takes from the queue at once: one is drawn, the others wait right behind it. "
        "Where several workers draw, 2 shares them out better; the last started decides for all.",
    )
    takeover_after: PositiveFloat = Field(
        6.0,
        description="Seconds of silence after which a worker's tasks go on elsewhere; it beats three times as often.",
    )
    draws: bool = Field(
        True, description="Whether `seedbed serve` draws, too; false leaves that to `seedbed worker` processes."
    )
    retention: PositiveFloat | None = Field(
        None,
        description="Seconds that a task is kept after it ended; its image stays until its links have expired. "
        "Default: for ever.",
    )
    workflow_retention: PositiveFloat = Field(
        86400.0,
        description="Seconds that the durable queue keeps what is finished; tasks themselves stay.",
    )
    sqlite_synchronous: str = Field(
        "NORMAL",
        pattern="^(NORMAL|FULL)$",
        description="NORMAL survives a killed process; FULL also a power cut, at half the speed.",
    )
    webhook_secret: SecretList = Field(
        (), description="Secrets that sign webhooks, separated by commas; several during a rotation."
    )
    webhook_allow_private: bool = Field(
        False, description="Whether webhooks may go to http and to loopback or private addresses."
    )
    webhook_timeout: PositiveFloat = Field(15.0, description="Seconds that a receiver may take.")
    webhook_max_attempts: PositiveInt = Field(10, description="Deliveries tried per event.")
    webhook_retry_base: PositiveFloat = Field(
        14.0, description="Seconds before the second delivery; each further wait doubles, with jitter."
    )
    client_url: str = Field(
        "http://127.0.0.1:8000", description="Server that `seedbed tasks` and `seedbed mcp` ask, and nobody else."
    )
    client_key: SecretStr | None = Field(
        None, description="API key that `seedbed tasks`, `seedbed generate --server` and `seedbed mcp` show."
    )
    metrics: bool = Field(True, description="Whether /metrics answers, to anybody; it tells sums, and of no task.")
    log_format: str = Field(
        "auto", pattern="^(auto|json|console)$", description="Log lines: json, console, or by terminal."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="The least severe line logged.")
    tracing: bool = Field(
        False,
        description="Send OpenTelemetry traces (extra `[otel]`) over OTLP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.",
    )

    @field_validator("api_keys", "webhook_secret", "cors_origins", "accept_licences", "models", "loras", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value

    @field_validator("models")
    @classmethod
    def _check_models(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        aliases = [alias for alias, _, _ in (entry.partition("=") for entry in value)]
        wrong = [entry for entry in value if not ALIAS.fullmatch(entry)]
        if wrong:
            raise ValueError(f"{wrong[0]} is not alias=model, the alias in small letters, as in fast=./turbo")
        if len(set(aliases)) < len(aliases) or SEEDREAM_ALIAS in aliases:
            raise ValueError(f"each alias once, and {SEEDREAM_ALIAS} for none: it is SEEDBED_MODEL's")
        return value

    @property
    def model_aliases(self) -> dict[str, str]:
        """Each further model by its alias."""
        return {alias: model for alias, _, model in (entry.partition("=") for entry in self.models)}

    @property
    def own_url(self) -> str:
        """Scheme and address that the server itself listens on."""
        # A wildcard is no address to connect to, and an IPv6 address stands in brackets.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What URLs start with where no request says it, as in webhooks."""
        return (self.public_url or self.own_url).rstrip("/")

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL; without a setting, one SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'seedbed.sqlite'}"

    @property
    def storage(self) -> str:
        """The image store's URL; without a setting, a folder in the data folder."""
        return self.storage_url or (self.data_dir.absolute() / "images").as_uri()


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (the process's own by default).

    Raises `ConfigurationError` for a value that cannot be and for a `SEEDBED_` name we do not have.
    """
    environment = os.environ if environment is None else environment
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(set(given) - set(Settings.model_fields))
    if unknown:
        names = ", ".join(PREFIX + name.upper() for name in unknown)
        raise ConfigurationError(f"unknown settings: {names}")
    try:
        # No variable's name holds "=": what `environment` lacks has its default, whatever the process's variables say.
        return Settings() if environment is os.environ else Settings(_env_prefix="=", **given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigurationError(_first_lines(error)) from None


def _first_lines(error: ValidationError) -> str:
    return "; ".join(
        f"{PREFIX}{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_input=False)
    )
