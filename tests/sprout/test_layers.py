import torch

from seedbed.sprout.layers import FeedForward, attend, axial_rotary, rotary, rotate, timestep_embedding


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_attention_is_torchs() -> None:
    query, key, value = _random(2, 3, 5, 8), _random(2, 3, 7, 8, seed=1), _random(2, 3, 7, 8, seed=2)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    torch.testing.assert_close(attend(query, key, value, None), expected.transpose(1, 2).flatten(2))


def test_attention_that_learns_is_the_same() -> None:
    query, key, value = _random(2, 3, 5, 8), _random(2, 3, 7, 8, seed=1), _random(2, 3, 7, 8, seed=2)
    mask = torch.tensor([True, False, True, True, False, True, True])[None, None, None]
    learning = attend(query.requires_grad_(), key, value, mask)
    learning.sum().backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(learning, attend(query.detach(), key, value, mask))
    assert query.grad is not None
    assert query.grad.isfinite().all()


def test_what_is_masked_has_no_say() -> None:
    query, key, value = _random(2, 3, 5, 8), _random(2, 3, 7, 8, seed=1), _random(2, 3, 7, 8, seed=2)
    mask = torch.tensor([True, False, True, True, False, True, True])
    masked = attend(query, key, value, mask[None, None, None])
    torch.testing.assert_close(masked, attend(query, key[:, :, mask], value[:, :, mask], None))


def test_a_rotation_keeps_lengths() -> None:
    x = _random(1, 2, 6, 8)
    turned = rotate(x, axial_rotary(2, 3, 8))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert not torch.allclose(turned, x)


def test_rotated_attention_sees_distances_only() -> None:
    query, key = _random(1, 1, 1, 8), _random(1, 1, 1, 8, seed=1)

    def score(at: float, other: float) -> torch.Tensor:
        angles = rotary(torch.tensor([at, other]), 8)
        return (rotate(query, angles[:1]) * rotate(key, angles[1:])).sum()

    torch.testing.assert_close(score(0, 3), score(5, 8))
    assert not torch.isclose(score(0, 3), score(3, 0))


def test_positions_count_from_the_middle_of_the_canvas() -> None:
    angles = axial_rotary(3, 5, 8).view(3, 5, 4)
    assert (angles[1, 2] == 0).all()
    torch.testing.assert_close(angles.flip(0, 1), -angles)
    # A row's number turns the first half of each head, a column's the second.
    assert torch.equal(angles[0, 0, :2], angles[0, 4, :2])
    assert torch.equal(angles[0, 0, 2:], angles[2, 0, 2:])


def test_times_are_told_apart() -> None:
    embedded = timestep_embedding(torch.linspace(0, 1, 101), 256)
    assert embedded.shape == (101, 256)
    assert torch.pdist(embedded).min() > 0.5


def test_the_feed_forward_layer_keeps_the_width() -> None:
    assert FeedForward(8, 12)(_random(2, 5, 8)).shape == (2, 5, 8)
