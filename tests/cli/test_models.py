import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seedbed.cli.main import app
from seedbed.engine.catalogue import CATALOGUE
from tests.engine.hub_server import COMMIT, hub_server
from tests.engine.images_server import images_server
from tests.engine.test_jpeg import facts_of


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments], env={"SEEDBED_MODEL": "sprout", **variables})


def test_the_list_tells_licence_memory_steps_and_guidance_of_each() -> None:
    ran = run("list")
    assert ran.exit_code == 0
    for model in CATALOGUE:
        assert f"{model.repository}  " in ran.output or f"{model.repository}\n" in ran.output
    assert "licence apache-2.0, 6 B + 4 B parameters" in ran.output
    assert "flux-dev-non-commercial-license (must be accepted)" in ran.output
    assert "9 steps, guidance none" in ran.output
    assert "50 steps, guidance 0 to 20 (1+g)" in ran.output


def test_what_is_accepted_needs_no_acceptance_any_more() -> None:
    ran = run("list", SEEDBED_ACCEPT_LICENCES="flux-dev-non-commercial-license")
    assert "flux-dev-non-commercial-license," in ran.output


def test_a_licence_is_refused_before_anything_is_pulled() -> None:
    ran = run("pull", "black-forest-labs/FLUX.2-dev")
    assert ran.exit_code == 1
    assert "SEEDBED_ACCEPT_LICENCES=flux-dev-non-commercial-license" in ran.output


def test_only_the_hub_can_be_pulled_from() -> None:
    assert run("pull", "sprout").exit_code == 2


def test_our_own_needs_no_check() -> None:
    assert run("check").output == "sprout comes with Seedbed\n"


def test_a_remote_server_is_asked() -> None:
    with images_server(models=("a/b",)) as server:
        ran = run("check", f"openai+{server.url}/a/b")
    assert "answers; it has a/b" in ran.output
    assert run("check", f"openai+{server.url}/a/b").exit_code == 1


def test_a_folder_is_looked_through_and_told(tmp_path: Path) -> None:
    pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
    from tests.engine.tiny_pipelines import save_tiny

    folder = save_tiny("Z-Image", tmp_path / "Z-Image")
    ran = run("check", str(folder))
    assert ran.exit_code == 0, ran.output
    assert "family Z-Image (ZImagePipeline), licence unknown" in ran.output
    assert "50 steps, guidance 0 to 20 (as is)" in ran.output
    (folder / "README.md").write_text("---\nlicense: other\nlicense_name: mine\n---\n")
    refused = run("check", str(folder))
    assert refused.exit_code == 1
    assert "SEEDBED_ACCEPT_LICENCES=mine" in refused.output
    assert run("check", str(folder), SEEDBED_ACCEPT_LICENCES="mine").exit_code == 0


def test_a_folder_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    ran = run("check", str(tmp_path))
    assert ran.exit_code == 1
    assert "is no model that diffusers can run" in ran.output


def test_a_pulled_model_draws_and_nothing_goes_to_the_hub_any_more(tmp_path: Path) -> None:
    """As a user does it, in processes of their own: the hub's client reads its address once."""
    pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
    from tests.engine.tiny_pipelines import save_tiny

    with hub_server(save_tiny("Z-Image", tmp_path / "Z-Image")) as hub:
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "cache"),
            "SEEDBED_MODEL_FAMILY": "Z-Image",
            "SEEDBED_NUM_INFERENCE_STEPS": "2",
            "SEEDBED_MEGAPIXELS": "0.01",
        }

        def seedbed(*arguments: str, **variables: str) -> str:
            command = [sys.executable, "-m", "seedbed", *arguments]
            ran = subprocess.run(
                command, env={**environment, **variables}, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, ran.stderr
            return ran.stdout + ran.stderr

        pulled = seedbed("models", "pull", "x/y")
        assert "100%" in pulled
        assert f"use it with SEEDBED_MODEL=x/y@{COMMIT}" in pulled
        again = json.loads(seedbed("models", "pull", "x/y", "--json").splitlines()[0])
        assert (again["setting"], again["family"]) == (f"x/y@{COMMIT}", "Z-Image")
        assert Path(again["path"]).is_dir()
        hub.requests.clear()
        seedbed("generate", "a cat", "-o", "cat.jpeg", SEEDBED_MODEL=f"x/y@{COMMIT}")
        seedbed("generate", "a cat", "-o", "folder.jpeg", SEEDBED_MODEL=str(hub.folder))
        assert hub.requests == []
    assert facts_of((tmp_path / "cat.jpeg").read_bytes())["model"] == f"x/y@{COMMIT[:12]}"
    assert (tmp_path / "folder.jpeg").stat().st_size > 0


def test_all_of_it_is_told_as_json_too(tmp_path: Path) -> None:
    listed = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [model["repository"] for model in listed] == [model.repository for model in CATALOGUE]
    turbo, dev = (
        next(model for model in listed if model["repository"].endswith(name))
        for name in ("Z-Image-Turbo", "FLUX.2-dev")
    )
    assert (turbo["steps"], turbo["guidance"], turbo["must_be_accepted"]) == (9, None, False)
    assert dev["must_be_accepted"]
    assert json.loads(run("check", "--json").stdout) == {"model": "sprout", "built_in": True}
    with images_server(models=("a/b",)) as server:
        told = json.loads(run("check", f"openai+{server.url}/a/b", "--json").stdout)
    assert (told["server"], told["models"]) == (server.url, ["a/b"])


def test_a_folder_is_told_as_json(tmp_path: Path) -> None:
    pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
    from tests.engine.tiny_pipelines import save_tiny

    ran = run("check", str(save_tiny("Z-Image", tmp_path / "Z-Image")), "--json")
    # A log line is none of the answer.
    assert "nobody says what this model's licence is" in ran.stderr
    told = json.loads(ran.stdout)
    assert (told["family"], told["pipeline"], told["licence"]) == ("Z-Image", "ZImagePipeline", None)
    assert (told["steps"], told["guidance"]) == (50, [0.0, 20.0])
    assert told["weight_bytes"] > 0
    assert "vae" in told["components"]
