import pytest

from seedbed.errors import ConfigurationError
from seedbed.training.recipes import RECIPES, recipe_named


def test_each_recipe_goes_by_its_name() -> None:
    assert "sprout-cpu" in RECIPES
    assert all(recipe_named(name) is recipe for name, recipe in RECIPES.items())


def test_an_unknown_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="sprout-cpu"):
        recipe_named("sprout-tpu")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipes_networks_fit_each_other(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.autoencoder.config.latent_channels == recipe.transformer.latent_channels
