from pathlib import Path

import pytest

from seedbed.engine.catalogue import CATALOGUE, OpenModel, check_licence, licence_of, needs_acceptance
from seedbed.engine.families import FAMILIES, family_named
from seedbed.errors import ConfigurationError

each_model = pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.repository)


@each_model
def test_every_model_is_of_a_family_that_we_know(model: OpenModel) -> None:
    assert model.family in {family.name for family in FAMILIES}
    told = family_named(model.repository)
    assert told is None or told.name == model.family


def test_what_is_recommended_may_be_used_by_all_and_what_is_not_comes_last() -> None:
    refused = [needs_acceptance(model.licence, ()) for model in CATALOGUE]
    assert refused == sorted(refused)
    assert not any(refused[:5])


@pytest.mark.parametrize("licence", [None, "apache-2.0", "mit", "openrail++"])
def test_open_licences_and_unknown_ones_pass(licence: str | None) -> None:
    check_licence("x/y", licence, ())


def test_a_restricting_one_is_refused_until_accepted_by_name() -> None:
    with pytest.raises(ConfigurationError, match="SEEDBED_ACCEPT_LICENCES=flux-1-dev-non-commercial-license"):
        check_licence("x/y", "flux-1-dev-non-commercial-license", ("other",))
    check_licence("x/y", "flux-1-dev-non-commercial-license", ("flux-1-dev-non-commercial-license",))


def test_the_catalogue_knows_a_licence_before_anything_is_here() -> None:
    assert licence_of("black-forest-labs/FLUX.2-dev", None) == "flux-dev-non-commercial-license"
    assert licence_of("Black-Forest-Labs/flux.2-DEV", None) == "flux-dev-non-commercial-license"
    assert licence_of("x/y", None) is None


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\n---\n# A model", "mit"),
        ("---\ntags: [a]\nlicense: other\nlicense_name: 'my-own'\n---\n", "my-own"),
        ("---\nlicense: other\n---\n", "other"),
        ("license: mit", None),
        ("\udcff", None),
    ],
)
def test_a_models_card_tells_its_licence(tmp_path: Path, card: str, licence: str | None) -> None:
    (tmp_path / "README.md").write_bytes(card.encode(errors="surrogateescape"))
    assert licence_of("x/y", tmp_path) == licence
