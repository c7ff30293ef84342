"""What happens when yesterday's database is put back, or a crash came between sending and writing it down."""

import json
import shutil
from collections import Counter
from datetime import timedelta

import pytest

from app.restoring import HOLD, Reconciled, hold_everything, reconcile
from tests.app.builders import days_of


def judge_and_deliver(stand, until="Wed 2026-11-04"):
    """Play Monday to ``until``: p1 is absent without a word, and on the third day the policy tells three people."""
    for when in days_of("Mon 2026-11-02", 3):
        text = f"{when:%a %Y-%m-%d}"
        stand.drop(text, p1="NN", p2="//")
        stand.pulled(f"{text} 15:45")
        stand.judged(f"{text} 16:00")
        stand.deliver()
        if text == until:
            return


def notices(authority, mailbox):
    """Return how often each notice arrived."""
    arrived = Counter()
    for ledger in (authority.ledger, mailbox.ledger):
        of_kind = [each for each in ledger.received if "feed" not in each.kind]
        arrived.update({each.message_id.strip("<>").partition("@")[0]: each.received for each in of_kind})
    return arrived


def copied(stand):
    """Make a backup of a stopped relay's database."""
    stand.close()
    backup = stand.folder / "backup.db"
    shutil.copy(stand.folder / "relay.db", backup)
    return backup


def restore(stand, backup):
    stand.close()
    for path in stand.folder.glob("relay.db*"):
        path.unlink()
    shutil.copy(backup, stand.folder / "relay.db")


def test_promise_24_what_was_sent_after_a_backup_is_not_sent_again_when_it_is_restored(stand):
    """A restore from backup does not blindly resend."""
    with stand.receiving() as (authority, mailbox):
        judge_and_deliver(stand, until="Tue 2026-11-03")
        backup = copied(stand)
        stand.at("Wed 2026-11-04 07:00")
        judge_and_deliver(stand)
        before = notices(authority, mailbox)
        assert before

        restore(stand, backup)
        judge_and_deliver(stand)

        assert notices(authority, mailbox) == before
    told = {each.id: each for each in stand.messages("notice")}
    assert before.keys() <= told.keys()
    assert {told[name].state for name in before} == {"delivered"}
    assert [each.action for name in before for each in stand.store.messages.interventions(name)].count("delivered")
    assert stand.store.restored.forgotten() == []


def test_what_was_sent_and_is_not_decided_again_is_left_for_a_person(stand):
    """The register was corrected in between: nobody would take the notice back."""
    with stand.receiving() as (authority, mailbox):
        judge_and_deliver(stand, until="Tue 2026-11-03")
        backup = copied(stand)
        judge_and_deliver(stand)
        sent = notices(authority, mailbox)
        restore(stand, backup)
        stand.drop("Wed 2026-11-04", p1="//", p2="//")
        stand.pulled("Wed 2026-11-04 15:50")
        stand.judged("Wed 2026-11-04 16:05")

    forgotten = {each.message_id for each in stand.store.restored.forgotten()}
    assert forgotten
    assert forgotten <= sent.keys()


def test_the_log_says_what_arrived_just_before_a_crash_and_it_is_not_sent_again(stand):
    with stand.receiving() as (authority, mailbox):
        judge_and_deliver(stand, until="Tue 2026-11-03")
        before = notices(authority, mailbox)
        stand.drop("Wed 2026-11-04", p1="NN", p2="//")
        stand.pulled("Wed 2026-11-04 15:45")
        stand.judged("Wed 2026-11-04 16:00")
        lease = timedelta(minutes=1)
        store = stand.store.messages
        taken = [
            message
            for name in store.due(stand.clock())
            for message in store.claim(name, stand.clock(), limit=50, lease=lease, token="killed")
        ]
        stand.relay.sent_log.note(taken, stand.clock())
        assert reconcile(stand.relay) == Reconciled(), "another worker may still hold them"
        stand.clock.instant += timedelta(minutes=2)

        assert reconcile(stand.relay) == Reconciled(learnt=len(taken))
        stand.deliver()

        assert notices(authority, mailbox) == before
    assert {each.state for each in taken} == {"sending"}
    assert {stand.store.messages.get(each.id).state for each in taken} == {"delivered"}


@pytest.mark.parametrize("loss", ["removed", "replaced"])
def test_promise_24_without_the_log_nothing_leaves_before_a_person_has_looked(stand, loss):
    """A restore from backup does not blindly resend."""
    with stand.receiving() as (authority, mailbox):
        judge_and_deliver(stand, until="Tue 2026-11-03")
        stand.drop("Wed 2026-11-04", p1="NN", p2="//")
        stand.pulled("Wed 2026-11-04 15:45")
        stand.judged("Wed 2026-11-04 16:00")
        (stand.folder / "sent.log").unlink() if loss == "removed" else stand.relay.sent_log.start()
        before = notices(authority, mailbox)

        stand.deliver()
        assert notices(authority, mailbox) == before
        held = stand.store.messages.held(HOLD)
        assert held

        with stand.store.transaction():
            for each in held:
                stand.store.messages.release(each.id, stand.clock(), "looked at")
        stand.deliver()
        assert {each.id for each in held if each.kind.startswith("notice.")} <= notices(authority, mailbox).keys()
        assert {stand.store.messages.get(each.id).state for each in held} == {"delivered"}


def test_a_person_who_has_put_back_both_database_and_log_has_everything_wait(stand):
    with stand.receiving() as (authority, mailbox):
        judge_and_deliver(stand, until="Tue 2026-11-03")
        stand.drop("Wed 2026-11-04", p1="NN", p2="//")
        stand.pulled("Wed 2026-11-04 15:45")
        stand.judged("Wed 2026-11-04 16:00")
        before = notices(authority, mailbox)

        count = hold_everything(stand.relay, "restored on Wednesday")
        stand.deliver()

        assert count == len(stand.store.messages.held(HOLD)) > 0
        assert notices(authority, mailbox) == before


def test_a_new_installation_begins_its_log(stand):
    assert reconcile(stand.relay) == Reconciled()
    assert (stand.folder / "sent.log").exists()


def feeds(authority):
    """Return each feed that arrived as its sequence, day and revision, in order of the numbers."""
    manifests = [json.loads(path.read_bytes()) for path in authority.folder.glob("feeds/*.json")]
    return sorted((each["sequence"], each["date_to"], each["revision"]) for each in manifests)


def test_numbers_of_feeds_go_on_after_a_backup_was_restored(stand):
    """The receiver has numbers that the database does not know: none is used twice, and every later one is newer."""
    with stand.receiving() as (authority, _):
        for text in ("Mon 2026-11-02", "Tue 2026-11-03"):
            stand.drop(text, p1="NN", p2="//")
            stand.pulled(f"{text} 15:45")
            stand.judged(f"{text} 16:15")
            stand.deliver()
            if text.startswith("Mon"):
                backup = copied(stand)
        before = feeds(authority)

        restore(stand, backup)
        stand.judged("Tue 2026-11-03 16:30")
        stand.deliver()
        stand.drop("Wed 2026-11-04", p1="NN", p2="//")
        stand.pulled("Wed 2026-11-04 15:45")
        stand.judged("Wed 2026-11-04 16:15")
        stand.deliver()
        after = feeds(authority)

    assert after[: len(before)] == before
    numbers = [sequence for sequence, _, _ in after]
    assert numbers == list(range(1, len(after) + 1))
    again = [(day, revision) for _, day, revision in after[len(before) :] if day == "2026-11-03"]
    assert again
    assert all(revision > 1 for _, revision in again)
    assert authority.ledger.problems == ()
