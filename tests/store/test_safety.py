"""For whom messages were made, who confirmed what, and batches that wait: kept once, settled once."""

import pytest

from store.safety import Addressee, Surge
from tests.store.builders import after, draft, enqueue


def made_for(message_id, organisation="331"):
    return Addressee(
        message_id=message_id, school="lane", pupil_id="p1", role="local_authority", organisation=organisation
    )


def test_for_whom_a_message_was_made_is_kept_with_it(store):
    enqueue(store, draft("m1"))
    with store.transaction():
        store.safety.address(made_for("m1"))

    assert store.safety.addressee("m1") == made_for("m1")
    assert store.safety.addressee("m2") is None


def test_what_could_go_to_nobody_is_made_for_somebody_later(store):
    enqueue(store, draft("m1"))
    with store.transaction():
        store.safety.address(made_for("m1"))
        store.safety.address(made_for("m1", "937"))

    assert store.safety.addressee("m1").organisation == "937"


def test_an_address_is_confirmed_once_for_each_body(store):
    with store.transaction():
        told = [
            store.safety.confirm("mail", "a@b.example", body, at=after(), by="admin") for body in ("331", "331", "937")
        ]

    assert told == [True, False, True]
    assert sorted(store.safety.confirmed()) == [("mail", "a@b.example", "331"), ("mail", "a@b.example", "937")]


@pytest.mark.parametrize("outcome", ["released", "cancelled"])
def test_a_batch_is_settled_once(store, outcome):
    surge = Surge(id="AAAA-AAAA", school="lane", held_at=after(), facts={"pupils": 38})
    with store.transaction():
        store.safety.hold_together(surge)
        assert store.safety.waiting() == [surge]

        settle = {"outcome": outcome, "at": after(hours=1), "by": "head", "note": "snow"}
        assert [store.safety.settle("AAAA-AAAA", **settle) for _ in range(2)] == [True, False]
    assert store.safety.waiting() == []
    assert store.safety.surge("AAAA-AAAA").outcome == outcome


def test_what_nothing_holds_is_found_from_a_place_in_the_order(store):
    enqueue(store, draft("m1"), draft("m2"), draft("m3", hold="trial"))

    assert [each.message_id for each in store.safety.free(0)] == ["m1", "m2"]
    assert [each.message_id for each in store.safety.free(1)] == ["m2"]
    assert [(each.hold, each.messages) for each in store.safety.holds()] == [("trial", 1)]
    assert store.safety.newest() == 3
