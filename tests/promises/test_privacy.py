"""Only the body that is agreed for a pupil hears of the pupil."""

import pytest

from tests.app.builders import contact


@pytest.mark.parametrize(
    ("column", "value", "old"),
    [
        pytest.param("la_code", "937", ("coventry", ""), id="another authority"),
        pytest.param("commissioner", "commissioner-2", ("mail", "places@council.example"), id="another commissioner"),
        pytest.param("home_school_urn", "999002", ("mail", "office@alder.example"), id="another home school"),
    ],
)
def test_promise_26_what_waits_for_a_body_that_is_not_the_pupils_any_more_does_not_leave(stand, column, value, old):
    """Only the agreed destination gets a pupil's data.

    Routing is mutated between the decision and the delivery: the mismatch blocks the send.
    """
    stand.contacts += [
        contact("commissioner", "commissioner-2", address="two@council.example"),
        contact("home_school", "999002", address="office@birch.example"),
    ]
    with stand.receiving() as (authority, mailbox):
        stand.live("Mon 2026-11-02", p1="NN NN NN NN NN NN", p2="// // // // // //")
        waiting = [each.id for each in stand.messages("notice") if (each.destination, each.address) == old]
        assert waiting

        stand.placements[0][column] = value
        stand.reread()
        stand.deliver()

        arrived = {each.message_id.strip("<>").partition("@")[0] for each in authority.ledger.received}
        arrived |= {each.message_id.strip("<>").partition("@")[0] for each in mailbox.ledger.received}
    assert arrived, "the others are told"
    assert arrived.isdisjoint(waiting)


def test_promise_26_a_feed_that_waits_does_not_take_a_pupil_to_a_body_left_behind(stand):
    """Only the agreed destination gets a pupil's data.

    The destination was down when the file was made, and the pupil's authority was corrected before it was up.
    """
    stand.live("Mon 2026-11-02", p1="NN", p2="//")
    with stand.receiving() as (authority, _):
        stand.at("Mon 2026-11-02 16:15").decide()
        stand.placements[0]["la_code"] = "937"
        stand.reread()
        stand.deliver()
        assert authority.ledger.received
        files = [path.read_text() for path in (stand.folder / "coventry").rglob("*.csv")]
    assert files
    assert not [text for text in files if ",p1," in text]
