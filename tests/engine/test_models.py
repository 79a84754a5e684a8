from pathlib import Path

import pytest

from seedbed.engine.models import MODELS, ModelKind, ModelSource, check_model, parse_model
from seedbed.errors import ConfigurationError


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_there_is_passes(name: str) -> None:
    check_model(name)
    assert parse_model(name) == ModelSource(ModelKind.BUILT_IN, name)


@pytest.mark.parametrize("name", ["", "Sprout", "dall-e", "noop "])
def test_any_other_is_told_by_its_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^SEEDBED_MODEL={name}: the models are"):
        check_model(name)


def test_a_folder_goes_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "my-model").mkdir()
    source = parse_model(f"{tmp_path}/./my-model/")
    assert source == ModelSource(ModelKind.FOLDER, "my-model", str(tmp_path / "my-model"))
    assert source.label == "my-model"
    with pytest.raises(ConfigurationError, match="no such folder"):
        parse_model(f"{tmp_path}/other")


@pytest.mark.parametrize(
    ("text", "name", "revision"),
    [("Tongyi-MAI/Z-Image", "Tongyi-MAI/Z-Image", None), ("x/y@v1.0", "x/y", "v1.0")],
)
def test_a_repository_may_name_its_revision(text: str, name: str, revision: str | None) -> None:
    assert parse_model(text) == ModelSource(ModelKind.HUB, name, revision=revision)


@pytest.mark.parametrize("text", ["x/../y", "x/y/z", "x/y@", "/x/y", "https://host/x/y"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_MODEL"):
        parse_model(text)


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("openai+http://127.0.0.1:8000/Qwen/Qwen-Image-2512", "http://127.0.0.1:8000", "Qwen/Qwen-Image-2512"),
        ("openai+https://gpu.example/flux", "https://gpu.example", "flux"),
        ("openai+http://[::1]:30000/", "http://[::1]:30000", ""),
    ],
)
def test_a_remote_model_is_an_address_and_a_name(text: str, url: str, name: str) -> None:
    assert parse_model(text) == ModelSource(ModelKind.REMOTE, name, url)


@pytest.mark.parametrize(
    "text",
    ["openai+ftp://host/m", "openai+http:///m", "openai+http://host:99999/m", "openai+http://host/m?x=1", "openai+x"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_MODEL"):
        parse_model(text)


def test_a_key_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_REMOTE_API_KEY") as raised:
        parse_model("openai+http://user:hush@host/m")
    assert "hush" not in str(raised.value)


def test_the_setting_that_is_wrong_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^SEEDBED_MODELS=fast=\./nowhere: there is no such folder"):
        check_model("./nowhere", "SEEDBED_MODELS=fast")
