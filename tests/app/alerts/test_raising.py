"""Dead letters, expiries and holds always reach an admin: once, together, and whatever is killed on the way."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.alerts.raising import Raised, raise_alerts
from app.alerts.things import ADMIN_ALERT
from app.checking import check
from app.dates import working_time
from mapping.school_days import Calendar, Term
from outbox.messages import Receipt, ReceiptKind
from tests.app.builders import contact, mail, moment
from tests.builders import day
from tests.store.builders import claimed, draft, settled

NOW = moment("Mon 2026-11-02 10:00")


@pytest.fixture
def stand(stand):
    stand.at("Mon 2026-11-02 10:00")
    with stand.store.transaction():
        stand.store.runs.pulled("lane", through=NOW.date(), at=NOW)
    return stand


def die(stand, *names, reason="the receiver answered HTTP 400", **fields):
    """Let messages be enqueued and refused for good."""
    drafts = [draft(name, created_at=stand.clock(), **fields) for name in names]
    with stand.store.transaction():
        for each in drafts:
            stand.store.messages.enqueue(each)
    taken = claimed(stand.store, stand.clock(), limit=1000, token="t")
    outcomes = [
        settled(each.id, "t", destination=each.destination, outcome="refused", state="dead", reason=reason, counts=True)
        for each in taken
        if each.id in names
    ]
    stand.store.messages.record(outcomes, stand.clock())


def alerts(stand):
    """Return the text of each alert to an admin, its subject first."""
    return [
        f"{mail(each)['Subject']}\n{mail(each).get_body(('plain',)).get_content()}"
        for each in stand.messages(ADMIN_ALERT)
    ]


def test_dead_letters_expiries_bounces_and_holds_are_told_in_one_message(stand):
    die(stand, "m1")
    die(stand, "m2", reason="given up after 12 attempts: the receiver answered HTTP 500")
    messages = stand.store.messages
    with stand.store.transaction():
        messages.enqueue(draft("m3", created_at=NOW, expires_at=NOW))
        messages.enqueue(draft("m4", created_at=NOW, hold="mass_send"))
        messages.enqueue(draft("m5", created_at=NOW, kind="feed.daily"))
        messages.enqueue(draft("m6", created_at=NOW), unroutable="contacts.csv has no row for role x: add it")
        messages.expire(NOW)
    claimed(stand.store, NOW, token="t")
    messages.record([settled("m5", "t", has_arrived=False)], NOW)
    with stand.store.transaction():
        messages.receive(Receipt(message_id="m5", kind=ReceiptKind.BOUNCED, at=NOW, said="no such mailbox"))

    assert raise_alerts(stand.relay) == Raised(told=6)

    [text] = alerts(stand)
    assert text.startswith("attendance-relay: 6 things to see to, ref ")
    for line in (
        "- 1 message to coventry: refused for good: m1",
        "- 1 message to coventry: tried as often as is allowed: m2",
        "- 1 message to coventry: expired before it could be delivered: m3",
        "- 1 message to coventry: held by the check mass_send until somebody releases it: m4",
        "- 1 message to coventry: taken, and came back: m5",
        "- 1 message to coventry: nobody can receive it; `outbox show` says what to add: m6",
    ):
        assert line in text


def test_two_hundred_dead_letters_are_one_message_with_the_first_ids(stand):
    die(stand, *(f"m{number:03}" for number in range(200)))

    raise_alerts(stand.relay)

    [text] = alerts(stand)
    assert "- 200 messages to coventry: refused for good: m000, m001, m002, m003, m004 and 195 more" in text
    assert "m005" not in text


def test_a_thing_is_told_once_and_again_when_it_happens_again(stand):
    die(stand, "m1", kind="feed.daily")
    assert [raise_alerts(stand.relay).told for _ in range(2)] == [1, 0]

    stand.at("Mon 2026-11-02 11:00")
    with stand.store.transaction():
        stand.store.messages.replay("m1", stand.clock(), "try again", by="admin")
    assert raise_alerts(stand.relay).told == 0
    die(stand, "m1", kind="feed.daily")

    assert raise_alerts(stand.relay).told == 1
    assert len(alerts(stand)) == 2


@pytest.mark.parametrize(
    ("kind", "told_at"),
    [
        pytest.param("notice.referral", [1, 1, 0], id="a notice is told at once"),
        pytest.param("feed.daily", [1, 0, 1], id="a feed waits for a quarter of an hour"),
    ],
)
def test_admins_are_left_alone_for_a_while_unless_something_urgent_is_new(stand, kind, told_at):
    told = []
    for clock, name in (("10:00", "m1"), ("10:05", "m2"), ("10:15", None)):
        stand.at(f"Mon 2026-11-02 {clock}")
        if name:
            die(stand, name, kind="feed.daily" if name == "m1" else kind)
        told.append(raise_alerts(stand.relay).told)

    assert told == told_at


def test_every_admin_gets_it(stand):
    stand.contacts.append(contact("admin", "lane-provision", address="second@lane.example"))
    stand.reread()
    die(stand, "m1")

    raise_alerts(stand.relay)

    addresses = [each.address for each in stand.messages(ADMIN_ALERT)]
    assert addresses == ["it@lane.example", "second@lane.example"]


def test_an_admin_with_an_endpoint_gets_an_event(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "admin"]
    stand.contacts.append(contact("admin", "lane-provision", "own"))
    stand.toml += """
[[destination]]
id           = "own"
channel      = "folder"
organisation = "lane-provision"
agreement    = "none"
legal_basis  = "none"

  [destination.settings]
  path = "{folder}/warwickshire"
"""
    stand.reread()
    die(stand, "m1")

    raise_alerts(stand.relay)

    [alert] = stand.messages(ADMIN_ALERT)
    assert b'"heading":"attendance-relay: 1 thing to see to"' in alert.payload


def test_without_an_admin_nothing_is_forgotten_and_check_fails(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "admin"]
    stand.reread()
    die(stand, "m1")

    assert raise_alerts(stand.relay) == Raised(unheard=1)
    [line] = [line for line in check(stand.relay) if line.subject == "alerts"]
    assert not line.is_ok
    assert line.message.startswith("contacts.csv has no row for role admin of organisation lane-provision: add it")

    stand.contacts.append(contact("admin", "lane-provision", address="it@lane.example"))
    stand.reread()
    assert raise_alerts(stand.relay) == Raised(told=1)
    assert [line for line in check(stand.relay) if line.subject == "alerts"] == []


def test_an_alert_that_dies_is_in_the_log_and_makes_no_other(stand):
    die(stand, "m1")
    raise_alerts(stand.relay)
    [alert] = stand.messages(ADMIN_ALERT)
    claimed(stand.store, stand.clock(), token="t")
    stand.store.messages.record(
        [settled(alert.id, "t", destination="mail", outcome="refused", state="dead", reason="550")], stand.clock()
    )

    with capture_logs() as logs:
        told = [raise_alerts(stand.at(f"Mon 2026-11-02 1{hour}:00").relay).told for hour in (1, 2)]

    assert told == [0, 0]
    assert [(each["event"], each["message_id"]) for each in logs] == [("an alert reached nobody", alert.id)]
    assert [each.id for each in stand.store.messages.dead("mail")] == [alert.id]


def test_killed_between_message_and_note_neither_is_kept_and_the_next_run_tells_it(stand, monkeypatch):
    die(stand, "m1")

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(stand.store.alerts, "tell", killed)
        with pytest.raises(Killed):
            raise_alerts(stand.relay)
    assert alerts(stand) == []

    assert raise_alerts(stand.relay).told == 1
    assert len(alerts(stand)) == 1


# --- what nobody enqueued ---------------------------------------------------------------------------------------------


def told_lines(stand):
    raise_alerts(stand.relay)
    return [line for text in alerts(stand) for line in text.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize(
    ("enqueued", "now", "is_told"),
    [
        pytest.param("Mon 2026-11-02 10:00", "Mon 2026-11-02 10:15", False, id="a quarter of an hour"),
        pytest.param("Mon 2026-11-02 10:00", "Mon 2026-11-02 10:16", True, id="a minute more"),
        pytest.param("Mon 2026-11-02 16:50", "Tue 2026-11-03 08:05", False, id="the night does not count"),
        pytest.param("Fri 2026-11-06 16:50", "Mon 2026-11-09 08:06", True, id="nor the weekend, but the minutes do"),
    ],
)
def test_a_notice_that_has_waited_a_quarter_of_an_hour_of_working_time_is_told(stand, enqueued, now, is_told):
    stand.at(enqueued)
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", created_at=stand.clock(), kind="notice.referral"))
    stand.at(now)

    lines = [line for line in told_lines(stand) if "a notice has waited since" in line]

    assert bool(lines) is is_told


def test_a_feed_that_waits_is_not_told_as_late(stand):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", created_at=NOW, kind="feed.daily"))
        stand.store.runs.pulled("lane", through=NOW.date(), at=moment("Mon 2026-11-02 12:30"))

    assert told_lines(stand.at("Mon 2026-11-02 13:00")) == []


@pytest.mark.parametrize(("after", "is_told"), [(timedelta(hours=1), False), (timedelta(hours=1, seconds=1), True)])
def test_a_destination_paused_for_more_than_an_hour_is_told(stand, after, is_told):
    with stand.store.transaction():
        stand.store.messages.enqueue(draft("m1", created_at=NOW, kind="feed.daily"))
    claimed(stand.store, NOW, token="t")
    paused = {"circuit": "open", "probe_at": NOW, "next_attempt_at": NOW, "ended_at": NOW, "state": "pending"}
    stand.store.messages.record([settled("m1", "t", outcome="deferred", **paused)], NOW)
    stand.clock.instant = NOW + after

    line = "- destination coventry has taken nothing since Mon 2 Nov 10:00 UTC"
    assert (line in told_lines(stand)) is is_told


@pytest.mark.parametrize(
    ("now", "is_told"),
    [
        pytest.param("Mon 2026-11-02 13:30", False, id="an hour after the pull of 12:30 was due"),
        pytest.param("Mon 2026-11-02 13:31", True, id="a minute more"),
        pytest.param("Sat 2026-11-07 13:31", False, id="a Saturday"),
        pytest.param("Fri 2026-11-27 13:31", False, id="an INSET day"),
    ],
)
def test_a_school_whose_pull_is_an_hour_overdue_is_told(stand, now, is_told):
    lines = told_lines(stand.at(now))

    assert ("- school lane: no register was pulled since Mon 2 Nov 10:00 UTC" in lines) is is_told


@pytest.mark.parametrize(
    ("until", "line"),
    [
        ("2026-12-02", []),
        ("2026-12-01", ["- destination coventry: its agreement ends on 2026-12-01; renew it"]),
        (
            "2026-11-01",
            ["- destination coventry: its agreement ended on 2026-11-01; nothing about a pupil goes there"],
        ),
    ],
)
def test_an_agreement_that_ends_within_thirty_days_is_told_once(stand, until, line):
    stand.toml = stand.toml.replace('"agreement 1"', f'"agreement 1"\nagreement_until = {until}')
    stand.reread()

    assert told_lines(stand) == line
    assert told_lines(stand.at("Mon 2026-11-02 10:29")) == line


def test_the_hours_of_work_are_those_of_school_days():
    calendar = Calendar((Term(first=day("Mon 2026-11-02"), last=day("Tue 2026-11-03")),))

    def worked(since, until):
        return working_time([calendar], moment(since), moment(until))

    assert worked("Mon 2026-11-02 16:00", "Tue 2026-11-03 09:00") == timedelta(hours=2)
    assert worked("Mon 2026-11-02 10:00", "Mon 2026-11-02 10:00") == timedelta(0)
    assert worked("Wed 2026-11-04 09:00", "Wed 2026-11-04 12:00") == timedelta(0)
