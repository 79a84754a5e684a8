import pytest
import torch

from seedbed.request import AspectRatio
from seedbed.sprout.autoencoder import Autoencoder, AutoencoderConfig
from seedbed.sprout.canvas import latent_grid
from tests.sprout.tiny import AUTOENCODER, autoencoder


def _latents(rows: int, columns: int, count: int = 1) -> torch.Tensor:
    return torch.randn(count, 4, rows, columns, generator=torch.Generator().manual_seed(7))


def test_latents_come_back_from_their_linear_reconstruction() -> None:
    network = autoencoder()
    latents = _latents(2, 3)
    torch.testing.assert_close(network.encode(network.project(latents)), latents, atol=1e-4, rtol=0)


def test_pictures_within_the_span_are_reconstructed() -> None:
    network = autoencoder()
    pixels = network.project(_latents(2, 3))
    torch.testing.assert_close(network.project(network.encode(pixels)), pixels, atol=1e-4, rtol=0)


def test_enough_components_reconstruct_anything() -> None:
    config = AutoencoderConfig(patch=4, latent_channels=48, widths=(16, 16, 16), head_width=16)
    network = Autoencoder(config)
    pictures = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network.fit(pictures)
    torch.testing.assert_close(network.project(network.encode(pictures)), pictures, atol=1e-3, rtol=0)


def test_the_first_components_hold_most() -> None:
    """The encoder keeps what varies: pictures of one random colour each need three numbers a patch."""
    network = Autoencoder(AUTOENCODER)
    colours = torch.rand(64, 3, 1, 1, generator=torch.Generator().manual_seed(0)) * 2 - 1
    pictures = colours.expand(-1, -1, 32, 32).contiguous()
    network.fit(pictures)
    torch.testing.assert_close(network.project(network.encode(pictures)), pictures, atol=1e-3, rtol=0)
    latents = network.encode(pictures).flatten(2)
    assert (latents[:, :3].std(0) > 0.3).all()
    assert (latents[:, 3].abs() < 0.01).all()


@pytest.mark.parametrize("ratio", AspectRatio)
def test_pictures_are_decoded_at_several_times_the_size(ratio: AspectRatio) -> None:
    rows, columns = latent_grid(ratio)
    pixels = autoencoder().decode(_latents(rows, columns))
    assert pixels.shape == (1, 3, rows * 16 * 4, columns * 16 * 4)
    assert pixels.isfinite().all()


def test_a_picture_is_decoded_by_itself() -> None:
    network = autoencoder()
    latents = _latents(2, 3, count=3)
    together = network.decode(latents)
    torch.testing.assert_close(together[1:2], network.decode(latents[1:2]), atol=1e-4, rtol=1e-4)


def test_an_untrained_decoder_enlarges_the_linear_reconstruction() -> None:
    network = Autoencoder(AUTOENCODER)
    network.load_state_dict(dict(autoencoder().named_buffers()), strict=False)
    soft = network.soften(_latents(2, 2))
    bias = network.decoder.out[1].bias
    assert isinstance(bias, torch.Tensor)
    with torch.no_grad():
        bias.zero_()
    enlarged = torch.nn.functional.interpolate(soft, scale_factor=4, mode="bilinear")
    torch.testing.assert_close(network.decode(_latents(2, 2)), enlarged)


def test_the_decoder_can_tell_where_in_a_patch_a_place_is() -> None:
    network = autoencoder()
    flat = torch.zeros(1, 4, 4, 4)
    network.mean.zero_()
    with torch.no_grad():
        network.decoder.phase.zero_()
        without = network.decode(flat)
        network.decoder.phase[:, 0].fill_(3.0)
    assert (network.decode(flat) - without).abs().max() > 0.01
