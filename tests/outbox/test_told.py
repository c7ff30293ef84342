"""What is new to a recipient who was told before, from what was kept of it."""

import json
from datetime import date, timedelta

import pytest

from mapping.model import Half, Session
from outbox.told import Change, Told, changes
from tests.outbox.builders import MON, WED, calendar


def told(*weeks, rule="three", through=WED, last=None, monday=MON):
    """Tell of weeks as the calendar of a notice shows them: ``NN NN NN .. ..``."""
    return Told.of(rule, calendar(monday, *weeks), through=through, last_attended=last)


FRI = MON + timedelta(days=4)
BEFORE = told("NN N- NN .. ..")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(told("NN N- NN .. .."), (), id="nothing is new"),
        pytest.param(told("NN N- NN .. ..", rule="five"), (Change.RUNG_REACHED,), id="a further rung"),
        pytest.param(told("NN N- NN NN ..", through=FRI), (Change.MORE_SESSIONS_MISSED,), id="he went on missing"),
        pytest.param(told("NN N- NN II ..", through=FRI), (Change.MORE_SESSIONS_MISSED,), id="with a reason, too"),
        pytest.param(told("NN N- NN -- ..", through=FRI), (), id="nobody knows about Thursday"),
        pytest.param(
            told("NN N- NN N/ ..", through=FRI, last=Session(MON + timedelta(days=3), Half.PM)),
            (Change.MORE_SESSIONS_MISSED, Change.ATTENDED_SINCE),
            id="he came on Thursday afternoon",
        ),
        pytest.param(told("II N- NN .. .."), (Change.REASON_KNOWN,), id="there was a reason on Monday"),
        pytest.param(told("NN NN NN .. .."), (Change.REGISTER_COMPLETED,), id="Tuesday's register came in"),
        pytest.param(told("// N- NN .. .."), (Change.REGISTER_CORRECTED,), id="he was there on Monday"),
        pytest.param(
            told("// II NN NN ..", rule="five", through=FRI),
            (
                Change.RUNG_REACHED,
                Change.MORE_SESSIONS_MISSED,
                Change.REASON_KNOWN,
                Change.REGISTER_COMPLETED,
                Change.REGISTER_CORRECTED,
            ),
            id="all at once, in the order in which it is told",
        ),
    ],
)
def test_what_has_changed_since_a_notice(now, expected):
    assert changes(BEFORE, now) == expected


def test_weeks_that_only_one_of_two_notices_shows_are_no_change():
    later = told("NN N- NN NN NN", "// // // // //", through=MON + timedelta(days=11))
    without_the_first = told("// // // // //", monday=MON + timedelta(days=7), through=MON + timedelta(days=11))

    assert changes(later, without_the_first) == ()


def test_what_was_told_is_kept_as_json_without_a_code_or_a_name():
    facts = json.dumps(BEFORE.facts())

    assert Told.read(json.loads(facts)) == BEFORE
    assert json.loads(facts)["sessions"] == {
        "2026-11-02 AM": "U",
        "2026-11-02 PM": "U",
        "2026-11-03 AM": "U",
        "2026-11-03 PM": "-",
        "2026-11-04 AM": "U",
        "2026-11-04 PM": "U",
    }


def test_every_rule_of_which_somebody_was_told_is_remembered_once():
    both = told("NN", rule="five").after(BEFORE)

    assert both.rules == ("three", "five")
    assert both.after(both).rules == ("three", "five")
    assert changes(both, told("NN", rule="three")) == ()


def test_a_notice_without_a_calendar_tells_its_day():
    assert Told.of("contract", (), through=date(2026, 11, 4), last_attended=None).since == "2026-11-04"
