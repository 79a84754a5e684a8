"""The world's renderer on a GPU: thousands of scenes at once, each the picture that `seedbed.world.render` draws."""

__all__: list[str] = []
