from datetime import date, time, timedelta

import pytest

from outbox.hours import ALWAYS, Opening
from tests.builders import moment

COUNCIL = Opening(opens=time(9), closes=time(17), is_open=lambda day: day.weekday() < 5)


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("Mon 2026-11-02 10:00", "Mon 2026-11-02 12:30", 2.5),
        ("Mon 2026-11-02 06:00", "Mon 2026-11-02 23:00", 8),
        ("Mon 2026-11-02 16:00", "Tue 2026-11-03 10:00", 2),
        ("Fri 2026-10-30 16:00", "Mon 2026-11-02 09:00", 1),
        ("Sat 2026-10-31 00:00", "Sun 2026-11-01 23:59", 0),
        ("Fri 2026-03-27 09:00", "Mon 2026-03-30 17:00", 16),
        ("Fri 2026-10-23 09:00", "Mon 2026-10-26 17:00", 16),
        ("Tue 2026-11-03 10:00", "Mon 2026-11-02 10:00", 0),
    ],
)
def test_promise_28_working_time_is_counted_by_the_clocks_of_the_recipient(since, until, hours):
    """Changes of the clock do no harm.

    Also over the weekends on which the clocks change.
    """
    assert COUNCIL.worked(moment(since), moment(until)) == timedelta(hours=hours)


def test_a_recipient_that_is_always_there_works_all_the_time():
    since, until = moment("Fri 2026-11-06 16:00"), moment("Mon 2026-11-09 16:00")

    assert timedelta(days=3) - ALWAYS.worked(since, until) < timedelta(seconds=1)


def test_a_school_works_on_its_own_days():
    school = Opening(is_open={date(2026, 11, 2)}.__contains__)

    assert school.worked(moment("Sun 2026-11-01 00:00"), moment("Fri 2026-11-06 00:00")) == timedelta(hours=8)
