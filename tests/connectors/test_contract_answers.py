"""What every connector promises of answers that go wrong: all of the window comes, or nothing, wherever the fault falls.

A fault falls on each request of a pull in turn, so that no page is forgotten; those that a connector cannot tell from
another that does so fall on the first request, one in the middle and the last.
"""

from datetime import timedelta
from email.utils import format_datetime
from time import monotonic

import pytest

from app.demo.platforms.server import FaultKind, Reply, Server
from connectors.base import PullFailed, Unavailable
from tests.connectors.worlds import HONEST, MORNING_AFTER, brought, dishonesties, expected

PASSING = [
    (FaultKind.TOO_MANY, ""),
    (FaultKind.TOO_MANY, "1"),
    (FaultKind.DOWN, ""),
    (FaultKind.STATUS, "500"),
    (FaultKind.STATUS, "502"),
    (FaultKind.STATUS, "504"),
    (FaultKind.TRUNCATED, ""),
    (FaultKind.CHUNKED, ""),
    (FaultKind.HUNG_UP, ""),
]
MISLEADING = [
    (FaultKind.HTML, ""),
    (FaultKind.GARBLED, ""),
    (FaultKind.STATUS, "204"),
    (FaultKind.STATUS, "400"),
    (FaultKind.STATUS, "404"),
    (FaultKind.STATUS, "422"),
    (FaultKind.BODY_STATUS, "401"),
    (FaultKind.BODY_STATUS, "403"),
    (FaultKind.BODY_STATUS, "404"),
    (FaultKind.BODY_STATUS, "500"),
    (FaultKind.PARTIAL, ""),
]
BROKEN_OFF = [(FaultKind.HALF_JSON, ""), (FaultKind.SHORT, "")]
MOVING = [
    (FaultKind.REPEATED_PAGE, ""),
    (FaultKind.DRIFT, "2"),
    (FaultKind.DRIFT, "-2"),
]
IN_FORTY_SECONDS = format_datetime(MORNING_AFTER + timedelta(seconds=40), usegmt=True)
EVERYWHERE = {FaultKind.DOWN, FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.PARTIAL, FaultKind.HALF_JSON}
#: For faults that take time: long enough for this machine, short enough for a test.
HURRY = {"attempts": 1, "silence": 0.15, "answer": 0.4}


def named(faults):
    return pytest.mark.parametrize(
        ("fault", "value"), faults, ids=[f"{kind.name} {value}".strip() for kind, value in faults]
    )


@named(PASSING)
def test_trouble_that_passes_costs_nothing_whichever_request_it_meets(rig, fault, value):
    for number in rig.each_request(fault, few=fault not in EVERYWHERE):
        rig.bring(fault, value, after=number, times=1)

        assert brought(rig.pull()) == expected(rig.world)


@named(PASSING)
def test_a_pull_that_is_broken_off_is_made_up_for_by_the_next(rig, fault, value):
    for number in rig.each_request(fault, few=fault not in EVERYWHERE):
        rig.bring(fault, value, after=number)

        with pytest.raises(Unavailable):
            rig.pull()

        assert rig.kept == {}
        rig.faults.clear()
        assert brought(rig.pull()) == expected(rig.world)


@named(MISLEADING)
def test_an_answer_that_is_none_brings_no_mark(rig, fault, value):
    for number in rig.each_request(fault, few=fault not in EVERYWHERE):
        rig.bring(fault, value, after=number)

        with pytest.raises(PullFailed):
            rig.pull()


@named([*MISLEADING, *BROKEN_OFF])
def test_one_wrong_answer_leads_to_no_wrong_mark(rig, fault, value):
    for number in rig.each_request(fault, few=fault not in EVERYWHERE):
        rig.bring(fault, value, after=number, times=1)

        try:
            pulled = rig.pull()
        except PullFailed:
            continue
        assert dishonesties(pulled, rig.world) == HONEST


@named(MOVING)
@pytest.mark.parametrize("times", [1, 200], ids=["once", "from then on"])
def test_pages_that_move_or_come_twice_lose_nothing_in_silence_and_double_nothing(rig, fault, value, times):
    for number in rig.each_request(fault):
        rig.bring(fault, value, after=number, times=times)

        try:
            pulled = rig.pull()
        except PullFailed:
            continue
        assert dishonesties(pulled, rig.world, unseen=rig.cannot_see(fault, value)) == HONEST

        rig.faults.clear()
        assert brought(rig.pull()) == expected(rig.world)


@named([(FaultKind.SMALL_PAGES, "1"), (FaultKind.SMALL_PAGES, "3")])
def test_pages_smaller_than_asked_for_lose_nothing(rig, fault, value):
    next(rig.each_request(fault))
    rig.bring(fault, value)

    assert brought(rig.pull()) == expected(rig.world)


def test_a_platform_that_ignores_the_dates_asked_for_adds_no_mark_of_another_day(rig):
    for number in rig.each_request(FaultKind.UNFILTERED):
        rig.bring(FaultKind.UNFILTERED, after=number)

        assert brought(rig.pull(rig.first_day())) == expected(rig.world, rig.window.first, rig.window.first)


# Patience ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["40", IN_FORTY_SECONDS], ids=["seconds", "a date"])
def test_a_busy_platform_is_asked_again_no_sooner_than_it_says(rig, header):
    for number in rig.each_request(FaultKind.TOO_MANY, few=True):
        rig.slept.clear()
        rig.bring(FaultKind.TOO_MANY, header, after=number, times=1)

        assert brought(rig.pull()) == expected(rig.world)
        assert 40 <= max(rig.slept) < 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("40", 40.0), (IN_FORTY_SECONDS, 40.0), ("", None), ("soon", None)],
    ids=["seconds", "a date", "nothing", "nonsense"],
)
def test_how_long_a_busy_platform_asks_for_is_handed_on(rig, header, seconds):
    for number in rig.each_request(FaultKind.TOO_MANY, few=True):
        rig.bring(FaultKind.TOO_MANY, header, after=number)

        with pytest.raises(Unavailable) as failure:
            rig.pull()

        assert failure.value.retry_after == seconds


@pytest.mark.parametrize(
    ("fault", "value"),
    [(FaultKind.HANG, "2"), (FaultKind.DRIP, "0.05"), (FaultKind.DRIP_HEAD, "0.05")],
    ids=lambda value: getattr(value, "name", ""),
)
def test_nothing_waits_for_ever(rig, fault, value):
    for number in rig.each_request(fault, few=True):
        rig.reconnect(**HURRY)
        rig.bring(fault, value, after=number)
        begun = monotonic()

        with pytest.raises(Unavailable):
            rig.pull()

        assert monotonic() - begun < 1.5


# Where a request may go ----------------------------------------------------------------------------------------------


def test_a_redirect_to_another_host_is_not_followed(rig):
    with Server(answer=lambda *_: Reply(body=b"{}"), username="", password="") as elsewhere:
        for number in rig.each_request(FaultKind.REDIRECT, few=True):
            rig.bring(FaultKind.REDIRECT, f"{elsewhere.address}/", after=number)

            with pytest.raises(PullFailed):
                rig.pull()

        assert elsewhere.asked == []


def test_one_call_at_a_time_and_no_connection_left_open(rig):
    for number in rig.each_request(FaultKind.TRUNCATED, few=True):
        rig.bring(FaultKind.TRUNCATED, after=number)
        with pytest.raises(Unavailable):
            rig.pull()

    rig.connector.close()

    assert rig.server.most_at_once == 1
    assert rig.server.is_left_alone()
