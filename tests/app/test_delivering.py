"""Emptying the outbox as the operator's folder says, by a clock that may be wrong."""

from datetime import timedelta

import pytest

from app.delivering import opening
from tests.app.builders import days_of
from tests.builders import moment


def told_on_wednesday(stand):
    for when in days_of("Mon 2026-11-02", 3):
        text = f"{when:%a %Y-%m-%d}"
        stand.drop(text, p1="NN", p2="//")
        stand.pulled(f"{text} 15:45")
        stand.judged(f"{text} 16:00")


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=-1), timedelta(hours=1), timedelta(days=30)])
def test_promise_28_a_clock_that_jumps_holds_no_notice_up(stand, step):
    """Changes of the clock do no harm."""
    with stand.receiving():
        stand.deliver()
        told_on_wednesday(stand)
        stand.clock.instant += timedelta(minutes=5)
        with stand.store.transaction():
            # As the delivery a moment before has left it.
            stand.store.runs.keep("clock", stand.clock().isoformat())
        stand.clock.instant += step

        stand.deliver()

    assert {each.state for each in stand.messages("notice")} == {"delivered"}


COUNCIL_DAYS = 'organisation = "331"'


@pytest.mark.parametrize(
    ("more", "since", "until", "hours"),
    [
        pytest.param("", "Fri 2026-10-30 16:00", "Mon 2026-11-02 10:00", 2, id="a council rests at the weekend"),
        pytest.param("", "Thu 2026-12-24 16:00", "Tue 2026-12-29 10:00", 2, id="and on bank holidays"),
        pytest.param(
            'opens = "08:00"\ncloses = "16:00"',
            "Mon 2026-11-02 07:00",
            "Mon 2026-11-02 18:00",
            8,
            id="by its own hours",
        ),
        pytest.param(
            'calendar = "autumn"', "Fri 2026-11-20 16:00", "Mon 2026-11-30 10:00", 2 + 8 * 4, id="a school in its term"
        ),
    ],
)
def test_the_recipients_working_hours_are_those_of_its_destination(build, more, since, until, hours):
    stand = build()
    stand.toml = stand.toml.replace(COUNCIL_DAYS, f"{COUNCIL_DAYS}\n{more}", 1)
    council = next(each for each in stand.relay.operator.destinations if each.organisation == "331")

    worked = opening(stand.relay, council).worked(moment(since), moment(until))

    assert worked == timedelta(hours=hours)


def test_what_was_tried_before_the_clock_was_put_back_does_not_wait_for_it_to_catch_up(stand):
    down = [True]
    with stand.receiving(is_down=lambda: down[0]):
        told_on_wednesday(stand)
        stand.deliver()
        assert stand.store.messages.circuits()
        down[0] = False
        stand.clock.instant -= timedelta(days=3)

        stand.deliver()

    assert {each.state for each in stand.messages("notice")} == {"delivered"}
