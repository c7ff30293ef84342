from dataclasses import replace

import pytest

from outbox.messages import Receipt, ReceiptKind
from store.notices import Notice
from tests.builders import day
from tests.store.builders import SCHOOL, after, claim, draft, enqueue, record, settled
from tests.store.test_cases import DECISION

CASE = "A1B2-C3D4/coventry/coventry"
FIRST = Notice(
    message_id="m1",
    notice_ref="A7C3-K9MP",
    ordering_key=CASE,
    role="local_authority",
    respond_by=day("Tue 2026-11-03"),
    is_awaited=True,
    facts={"rules": ["three"]},
)
SECOND = replace(FIRST, message_id="m2", notice_ref="M6EX-4HTC", respond_by=day("Thu 2026-11-05"), replaces="m1")


@pytest.fixture
def kept(store):
    """Two notices of one case, the second in place of the first."""
    with store.transaction():
        store.cases.record(DECISION)
    enqueue(store, *(draft(name, ordering_key=CASE, cause="d1", kind="notice.notification") for name in ("m1", "m2")))
    with store.transaction():
        for each in (FIRST, SECOND):
            store.notices.keep(each)
    return store


def refs(found):
    return [each.notice_ref for each in found]


def deliver(store, *names):
    for name in names:
        assert claim(store) == [name]
        record(store, settled(name))


def test_a_notice_is_kept_once_with_what_became_of_its_message(kept):
    with kept.transaction():
        kept.notices.keep(replace(SECOND, facts={"rules": ["five"]}))

    sent = kept.notices.by_reference("M6EX-4HTC")
    assert (sent.message_id, sent.facts, sent.state, sent.school) == ("m2", {"rules": ["three"]}, "pending", SCHOOL)
    assert sent.is_standing
    assert kept.notices.by_reference("nothing") is None
    assert refs(kept.notices.of_case(CASE)) == ["A7C3-K9MP", "M6EX-4HTC"]


def test_what_a_recipient_was_told_is_the_latest_first_and_only_what_stands(kept):
    assert refs(kept.notices.told(CASE, "local_authority")) == ["M6EX-4HTC", "A7C3-K9MP"]
    assert kept.notices.told(CASE, "commissioner") == []
    with kept.transaction():
        kept.messages.cancel("m2", after(hours=1), "no longer holds")
    assert refs(kept.notices.told(CASE, "local_authority")) == ["A7C3-K9MP"]
    with kept.transaction():
        kept.cases.withdraw("d1", after(hours=2), "corrected")
    assert kept.notices.told(CASE, "local_authority") == []


def test_a_notice_that_was_replaced_is_not_awaited_until_the_later_one_is_taken_back(kept):
    assert refs(kept.notices.awaited(SCHOOL)) == ["M6EX-4HTC"]
    with kept.transaction():
        kept.messages.cancel("m2", after(hours=1), "no longer holds")
        kept.notices.take_back("m2")

    assert refs(kept.notices.awaited(SCHOOL)) == ["A7C3-K9MP"]
    assert kept.notices.awaited("hill") == []


def test_people_are_asked_once_after_the_deadline_about_what_nobody_acknowledged(kept):
    assert kept.notices.unanswered(SCHOOL, day("Thu 2026-11-05")) == []
    assert refs(kept.notices.unanswered(SCHOOL, day("Fri 2026-11-06"))) == ["M6EX-4HTC"]
    with kept.transaction():
        assert kept.notices.escalated("m2", after(days=4))
        assert not kept.notices.escalated("m2", after(days=5))

    assert kept.notices.unanswered(SCHOOL, day("Fri 2026-11-06")) == []
    assert refs(kept.notices.awaited(SCHOOL)) == ["M6EX-4HTC"]


def test_what_was_acknowledged_or_withdrawn_is_awaited_no_more(kept):
    deliver(kept, "m1", "m2")
    with kept.transaction():
        kept.messages.receive(Receipt(message_id="m2", kind=ReceiptKind.PROCESSED, at=after(hours=3), said="yes"))
    assert kept.notices.awaited(SCHOOL) == []
    assert kept.notices.get("m2").processed_at == after(hours=3)


def test_nothing_is_awaited_of_a_withdrawn_decision_or_of_ones_own_people(kept):
    with kept.transaction():
        kept.messages.enqueue(draft("m3", cause="d1"))
        kept.notices.keep(replace(FIRST, message_id="m3", notice_ref="P9KW-3FNA", is_awaited=False))
        assert refs(kept.notices.awaited(SCHOOL)) == ["M6EX-4HTC"]
        kept.cases.withdraw("d1", after(hours=2), "corrected")

    assert kept.notices.awaited(SCHOOL) == []
    assert kept.notices.unanswered(SCHOOL, day("Fri 2027-11-05")) == []
