import pytest

from seedbed.errors import ConfigurationError
from seedbed.settings import load_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "http"),
        ("QUEUE_LIMIT", "0"),
        ("URL_TTL", "1.5"),
        ("RESOLUTION", "4k"),
        ("SHUTDOWN_GRACE", "inf"),
        ("WEBHOOK_TIMEOUT", "nan"),
        ("ENGINE_TIMEOUT", "-1"),
        ("PUBLIC_URL", "images.example"),
        ("EMBED_METADATA", "perhaps"),
        ("WORKER_ID", "a/b"),
    ],
)
def test_a_value_that_cannot_be_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SEEDBED_{name}", value)
    with pytest.raises(ConfigurationError, match=f"^SEEDBED_{name}: ") as refused:
        load_settings()
    assert "\n" not in str(refused.value)


def test_what_is_misspelt_is_an_error_and_names_all_of_it() -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_KEYS, SEEDBED_PROT"):
        load_settings({"SEEDBED_PROT": "1", "SEEDBED_KEYS": "a", "SEEDBED_PORT": "1", "PATH": "/bin"})


@pytest.mark.parametrize("name", ["api_keys", "webhook_secret", "cors_origins"])
def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"SEEDBED_{name.upper()}", " https://a.example, b,,")
    values = getattr(load_settings(), name)
    assert [getattr(value, "get_secret_value", lambda value=value: value)() for value in values] == [
        "https://a.example",
        "b",
    ]


def test_no_secret_is_printed_with_the_settings() -> None:
    settings = load_settings({"SEEDBED_API_KEYS": "very-secret", "SEEDBED_WEBHOOK_SECRET": "very-secret"})
    assert "very-secret" not in repr(settings)


def test_settings_from_a_mapping_ignore_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_PORT", "1234")
    assert load_settings({"SEEDBED_HOST": "::1"}).port == 8000
    assert load_settings({"SEEDBED_PORT": "4321"}).port == 4321
    assert load_settings().port == 1234


def test_further_models_go_by_their_alias() -> None:
    settings = load_settings({"SEEDBED_MODELS": "qwen=openai+http://gpu:1/Qwen/Qwen-Image, fast=./a=b"})
    assert settings.model_aliases == {"qwen": "openai+http://gpu:1/Qwen/Qwen-Image", "fast": "./a=b"}
    assert load_settings({}).model_aliases == {}


@pytest.mark.parametrize("models", ["qwen", "Qwen=x/y", "a=x/y,a=x/z", "seedream-v4=x/y", "=x/y", "a/b=x/y"])
def test_what_is_no_alias_is_refused(models: str) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_MODELS"):
        load_settings({"SEEDBED_MODELS": models})
