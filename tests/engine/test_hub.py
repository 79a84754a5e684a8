from collections.abc import Iterator
from pathlib import Path

import pytest

from seedbed.engine.hub import pull, snapshot, wanted_files
from seedbed.engine.models import parse_model
from seedbed.errors import CheckpointError, ConfigurationError
from tests.engine.hub_server import COMMIT, HubServer, hub_server

pytest.importorskip("huggingface_hub", reason="the extra [diffusers] is not installed")

MIB = 2**20
INDEX = '{"_class_name": "ZImagePipeline", "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "S"]}'


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, in the hub's own layout, and no way to the hub itself."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


def test_a_pulled_model_is_found_with_its_very_commit(cache: Path) -> None:
    repository = cache / "models--x--y"
    (repository / "snapshots" / COMMIT).mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    source, path = snapshot(parse_model("x/y"))
    assert path == repository / "snapshots" / COMMIT
    assert source.revision == COMMIT
    assert source.label == "x/y@0123456789ab"


@pytest.mark.parametrize("model", ["x/y", "x/y@v1"])
def test_what_was_not_pulled_is_told_with_the_command_that_does_it(cache: Path, model: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{model} is not on this machine: run `seedbed models pull {model}`"):
        snapshot(parse_model(model))


def test_a_hub_that_cannot_be_reached_is_one_sentence(cache: Path) -> None:
    with pytest.raises(CheckpointError, match=r"x/y cannot be pulled: the hub is not reached .*; try again") as raised:
        pull(parse_model("x/y"))
    assert "\n" not in str(raised.value)


def test_only_what_the_pipeline_loads_is_pulled() -> None:
    index = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "F"], "image_encoder": [None, None]}
    wanted = [
        "model_index.json",
        "README.md",
        "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
    ]
    unwanted = [
        "flux1-dev.safetensors",
        "transformer/diffusion_pytorch_model.bin",
        "transformer/model.py",
        "transformer/diffusion_pytorch_model.fp16.safetensors",
        "image_encoder/model.safetensors",
        "vae/config.json",
        "image.png",
    ]
    assert wanted_files([*unwanted, *wanted], index) == wanted


@pytest.fixture
def hub(cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub with one repository, of which 30 MiB are wanted."""
    from huggingface_hub import constants

    folder = tmp_path_factory.mktemp("repository")
    contents = {
        "model_index.json": INDEX.encode(),
        "README.md": b"# A model",
        "scheduler/scheduler_config.json": b"{}",
        "vae/config.json": b"{}",
        "vae/diffusion_pytorch_model.safetensors": bytes(range(256)) * (30 * MIB // 256),
        "vae/diffusion_pytorch_model.bin": b"a pickle",
        "vae/code.py": b"raise SystemExit",
        "whole.safetensors": b"everything a second time",
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    with hub_server(folder) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield server


def test_a_pull_gets_what_is_wanted_and_says_which_commit_it_is(hub: HubServer) -> None:
    source, path = pull(parse_model("x/y"))
    assert (source.revision, source.label) == (COMMIT, "x/y@0123456789ab")
    there = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    wanted = [name for name in hub.files() if not name.endswith((".bin", ".py")) and name != "whole.safetensors"]
    assert there == wanted
    for name in wanted:
        assert (path / name).read_bytes() == (hub.folder / name).read_bytes()
    hub.requests.clear()
    assert snapshot(parse_model("x/y@" + COMMIT)) == (source, path)
    assert hub.requests == []


def test_a_download_that_breaks_off_goes_on_where_it_stopped(hub: HubServer) -> None:
    weights = "diffusion_pytorch_model.safetensors"
    hub.breaks_after[weights] = 15 * MIB
    _, path = pull(parse_model("x/y"))
    # The hub's client keeps what came in pieces of 10 MiB.
    assert hub.downloads(weights) == [None, f"bytes={10 * MIB}-"]
    assert (path / "vae" / weights).read_bytes() == (hub.folder / "vae" / weights).read_bytes()


def test_a_pull_goes_on_where_an_earlier_one_stopped(hub: HubServer, cache: Path) -> None:
    weights = "diffusion_pytorch_model.safetensors"
    hub.breaks_after[weights] = 15 * MIB
    hub.vanish.add(weights)
    with pytest.raises(CheckpointError, match="x/y cannot be pulled: "):
        pull(parse_model("x/y"))
    hub.lacks.clear()
    hub.requests.clear()
    _, path = pull(parse_model("x/y"))
    assert hub.downloads(weights) == [f"bytes={10 * MIB}-"]
    assert (path / "vae" / weights).read_bytes() == (hub.folder / "vae" / weights).read_bytes()
    assert list(cache.rglob("*.part")) == []


def test_what_comes_damaged_is_not_kept(hub: HubServer, cache: Path) -> None:
    weights = hub.folder / "vae" / "diffusion_pytorch_model.safetensors"
    hub.breaks_after[weights.name] = 15 * MIB
    hub.vanish.add(weights.name)
    with pytest.raises(CheckpointError):
        pull(parse_model("x/y"))
    (part,) = cache.rglob("*.part")
    part.write_bytes(b"damaged" + part.read_bytes()[7:])
    hub.lacks.clear()
    with pytest.raises(CheckpointError, match="x/y cannot be pulled: the file that came has the digest "):
        pull(parse_model("x/y"))
    assert list(cache.rglob("*.part")) == []
    _, path = pull(parse_model("x/y"))
    assert (path / "vae" / weights.name).read_bytes() == weights.read_bytes()


def test_what_an_earlier_pull_got_whole_is_not_downloaded_again(hub: HubServer) -> None:
    hidden = hub.folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights = hidden.read_bytes()
    hub.lacks.add(hidden.name)
    with pytest.raises(CheckpointError, match="x/y cannot be pulled: "):
        pull(parse_model("x/y"))
    hub.lacks.clear()
    hub.requests.clear()
    _, path = pull(parse_model("x/y"))
    assert hub.downloads("config.json") == []
    assert hub.downloads(hidden.name) == [None]
    assert (path / "vae" / hidden.name).read_bytes() == weights


@pytest.mark.parametrize("size", [30 * MIB, MIB])
def test_weights_that_were_cut_off_after_they_came_come_again(hub: HubServer, size: int) -> None:
    file = hub.folder / "vae" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(bytes(range(256)) * (size // 256))
    _, path = pull(parse_model("x/y"))
    blob = (path / "vae" / file.name).resolve()
    blob.write_bytes(blob.read_bytes()[:-9])
    pull(parse_model("x/y"))
    assert (path / "vae" / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("card", [{"license": "cc-by-nc-4.0"}, {"license": "other", "license_name": "mine"}])
def test_a_licence_on_the_models_card_is_refused_before_anything_comes(hub: HubServer, card: dict[str, str]) -> None:
    hub.card = card
    licence = card.get("license_name", card["license"])
    with pytest.raises(ConfigurationError, match=f"SEEDBED_ACCEPT_LICENCES={licence}"):
        pull(parse_model("x/y"))
    assert not any("/resolve/" in path for _, path, _ in hub.requests)
    assert pull(parse_model("x/y"), (licence,))[0].revision == COMMIT


@pytest.mark.parametrize(
    ("model", "code", "words"),
    [
        ("x/no", "RepoNotFound", "no such repository, or a private one; .* HF_TOKEN"),
        ("x/y", "GatedRepo", "accounts that accepted its terms; .* HF_TOKEN"),
        ("x/y@v9", "RevisionNotFound", "no such revision; leave out"),
    ],
)
def test_what_the_hub_does_not_give_is_one_sentence_with_its_mend(
    hub: HubServer, model: str, code: str, words: str
) -> None:
    hub.refuses = code
    with pytest.raises(CheckpointError, match=f"{model[:3]}o? cannot be pulled: .*{words}") as raised:
        pull(parse_model(model))
    assert "\n" not in str(raised.value)


def test_what_is_no_pipeline_is_told_before_anything_comes(hub: HubServer) -> None:
    (hub.folder / "model_index.json").unlink()
    with pytest.raises(CheckpointError, match=r"x/y cannot be pulled: it has no model_index\.json, so it is no "):
        pull(parse_model("x/y"))
    assert not any("/resolve/" in path for _, path, _ in hub.requests)
