from pathlib import Path

from seedbed.engine.batching import batch_kin
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings

REQUEST = GenerationRequest("a cat", seed=1)


def test_only_with_throughput_and_only_models_of_diffusers(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert batch_kin(Settings(model=folder), REQUEST) is None
    assert batch_kin(Settings(model=folder, batching="throughput"), REQUEST) is not None
    assert batch_kin(Settings(model="sprout", batching="throughput"), REQUEST) is None
    assert batch_kin(Settings(model="openai+http://127.0.0.1:1/x", batching="throughput"), REQUEST) is None


def test_model_shape_and_guidance_must_be_the_same_prompt_and_seed_need_not() -> None:
    settings = Settings(model="a/b", models="other=c/d,ours=sprout", batching="throughput")

    def kin(prompt: str = "a cat", **fields: object) -> object:
        return batch_kin(settings, GenerationRequest(prompt, **fields))  # type: ignore[arg-type]

    assert kin() == kin("a dog", seed=5)
    assert kin() != kin(aspect_ratio=AspectRatio.CLASSIC_4_3)
    assert kin() != kin(guidance_scale=3.0)
    assert kin() != kin(model="other")
    assert kin(model="other") is not None
    assert kin(model="ours") is None
    assert kin(model="gone") is None
