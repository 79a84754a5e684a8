from dataclasses import asdict

import pytest

from seedbed.sprout.plan import PlannedSign, PlannedThing, Repertoire


def test_a_repertoire_survives_json() -> None:
    repertoire = Repertoire(("flat",), ("white", "sea"), ("red",))
    assert Repertoire.from_json(asdict(repertoire)) == repertoire
    with pytest.raises(KeyError):
        Repertoire.from_json({"styles": []})


def test_a_sign_is_half_a_cell_larger_than_its_letters() -> None:
    letters = [PlannedThing(0, 2, 3, 2), PlannedThing(1, 4, 3, 2)]
    assert PlannedSign.behind(letters, 5, columns=8) == PlannedSign(5, left=3, top=5, columns=10, rows=6)


def test_where_a_canvas_has_no_room_a_sign_is_no_wider_than_its_letters() -> None:
    letters = [PlannedThing(0, column, 3, 1) for column in range(6)]
    assert PlannedSign.behind(letters, 0, columns=7) == PlannedSign(0, left=0, top=5, columns=12, rows=4)
