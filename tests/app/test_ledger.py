"""A decision is kept so that it can be read back years later, and the same firing is the same decision."""

import pytest

from app.dates import due_on
from app.ledger import kept, read_back
from rules.model import Action, ActionKind, Decision, Reason
from tests.builders import calendar, day, session
from tests.store.builders import MONDAY

DECISION = Decision(
    policy="swift-learning",
    policy_version="1",
    rule="three-days-absent",
    rows=("S3-11", "S3-04"),
    says="Three days absent running.",
    pupil_id="p1",
    fired_on=day("Wed 2026-11-04"),
    reason=Reason(
        text="absent on 3 school days running",
        counted=(session("Mon 2026-11-02 AM"), session("Mon 2026-11-02 PM")),
        stepped_over=((day("Tue 2026-11-03"), "INSET day"),),
        not_recorded=(session("Wed 2026-11-04 PM"),),
    ),
    actions=(
        Action(kind=ActionKind.NOTICE, to=("local_authority", "commissioner"), says="Tell us.", due_school_days=1),
        Action(
            kind=ActionKind.REFERRAL,
            to=("local_authority",),
            says="Take it up.",
            due_school_days=0,
            template="cme-referral",
            approval="as_authority",
        ),
    ),
    ladder="days-absent",
    rung=2,
    is_floor=True,
    passed=("one-day-absent",),
)


def keep(decision=DECISION, **given):
    plain = {"school": "lane", "key": b"a key", "generation": 1, "decided_at": MONDAY}
    return kept(decision, **(plain | given))


def test_a_decision_comes_back_from_the_database_as_it_was(stand):
    with stand.store.transaction():
        assert stand.store.cases.record(keep())

    [row] = stand.store.cases.of_pupil("p1")
    assert read_back(row) == DECISION


def test_a_decision_about_a_register_names_no_pupil():
    from dataclasses import replace

    about_a_register = replace(DECISION, pupil_id=None)

    assert keep(about_a_register).pupil_id == ""
    assert read_back(keep(about_a_register)).pupil_id is None


@pytest.mark.parametrize(
    ("given", "is_same"),
    [
        pytest.param({"decided_at": MONDAY.replace(hour=20)}, True, id="decided again later"),
        pytest.param({"generation": 2}, False, id="holding again after it was withdrawn"),
        pytest.param({"school": "brook"}, False, id="at another school"),
        pytest.param({"key": b"another"}, False, id="in another installation"),
    ],
)
def test_the_same_firing_has_the_same_id(given, is_same):
    assert (keep(**given).id == keep().id) is is_same


TERM = calendar("Autumn: Mon 2026-11-02 - Fri 2026-12-18", closed=("Fri 2026-11-27",))


@pytest.mark.parametrize(
    ("from_day", "school_days", "due"),
    [
        pytest.param("Wed 2026-11-04", 0, "Wed 2026-11-04", id="the same day"),
        pytest.param("Fri 2026-11-06", 1, "Mon 2026-11-09", id="over a weekend"),
        pytest.param("Thu 2026-11-26", 1, "Mon 2026-11-30", id="over an INSET day"),
        pytest.param("Thu 2026-12-17", 1, "Fri 2026-12-18", id="the last day of term"),
        pytest.param(
            "Thu 2026-12-17", 6, "Fri 2026-12-25", id="past the calendar's end: weekdays, rather than no date"
        ),
        pytest.param("Fri 2026-12-18", 1, "Mon 2026-12-21", id="past the calendar's end, never a Saturday"),
    ],
)
def test_due_dates_count_school_days(from_day, school_days, due):
    assert due_on(TERM, day(from_day), school_days) == day(due)
