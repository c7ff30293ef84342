"""``outbox restored``: a person says that nobody knows what was sent since the backup."""

from app.people.messages import Word, restored
from app.status import status
from tests.store.builders import draft


def test_everything_pending_waits_with_the_reason_and_who_said_so(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", destination="coventry", created_at=stand.clock()))

    answer = restored(stand.relay, Word(by="admin", note="disk failed"))

    assert answer.sentence == "1 message will wait: `hold show restored`, then `hold release` or `hold cancel`"
    assert stand.store.messages.get("m1").hold == "restored"
    assert [each.why for each in stand.store.messages.interventions("m1")] == ["disk failed (admin)"]
    assert [each["hold"] for each in status(stand.relay)["held"]] == ["restored"]


def test_where_nothing_is_pending_that_is_said(stand):
    answer = restored(stand.relay, Word(by="admin", note=""))

    assert answer.sentence.startswith("nothing was pending")
