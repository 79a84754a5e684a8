"""What the decoder learns from: scenes as a transformer draws them again."""

import torch

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.transformer import Transformer
from seedbed.training.batches import drawing_canvas
from seedbed.training.painter import Painter
from seedbed.training.sprout import world_vocabulary
from seedbed.world.dataset import SCENES, generator
from seedbed.world.scene import Scene, draw_scene
from tests.training.tiny_recipe import RECIPE

THINGS = world_vocabulary(RECIPE.mix).numbers
CANVAS = drawing_canvas(AspectRatio.SQUARE_1_1)
SCENES_DRAWN = [draw_scene(generator(0, SCENES, number), CANVAS, RECIPE.mix) for number in range(2)]


def painter(guidance_scale: float = 2.5) -> Painter:
    """All of it random, so that whatever is told to it changes what it draws."""
    torch.manual_seed(0)
    autoencoder = Autoencoder(AutoencoderConfig(latent_channels=4, widths=(16, 16, 16), head_width=16))
    autoencoder.components.copy_(torch.linalg.qr(torch.randn(3 * 32 * 32, 4))[0].T)
    transformer = Transformer(RECIPE.transformer.config(len(THINGS)))
    with torch.no_grad():
        for parameter in transformer.parameters():
            parameter.normal_(0, 0.2)
    return Painter(autoencoder, transformer.eval(), THINGS, guidance_scale=guidance_scale)


def drawn(by: Painter, scenes: list[Scene], seed: int) -> torch.Tensor:
    clean = torch.randn(len(scenes), 4, 16, 16, generator=torch.Generator().manual_seed(9))
    return by.latents(clean, by.cells(scenes), torch.Generator().manual_seed(seed))


def test_the_same_draws_the_same_and_another_seed_does_not() -> None:
    one, again, other = (drawn(painter(), SCENES_DRAWN, seed) for seed in (1, 1, 2))
    assert one.shape == (2, 4, 16, 16)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_it_draws_what_the_plan_says_and_guidance_has_its_say() -> None:
    # The seed whose walk begins with noise alone, so that the true picture has none.
    steps = painter().num_inference_steps
    seed = next(n for n in range(99) if not torch.randint(steps, (1,), generator=torch.Generator().manual_seed(n)))
    one, swapped = drawn(painter(), SCENES_DRAWN, seed), drawn(painter(), SCENES_DRAWN[::-1], seed)
    assert not torch.allclose(one, swapped)
    assert not torch.allclose(one, drawn(painter(0.0), SCENES_DRAWN, seed))


def test_nothing_of_it_is_learnt_from_the_decoders_loss() -> None:
    assert not drawn(painter(), SCENES_DRAWN, 1).requires_grad
