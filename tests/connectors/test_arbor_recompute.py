"""An edited roll-call time changes hundreds of marks at once: they come, and it is for the pull to hold them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.recompute import Recomputed
from connectors.arbor import Settings, connect
from connectors.base import Surroundings, Window
from tests.connectors.worlds import SmallWorld, brought

SATURDAY = datetime(2026, 3, 14, 8, tzinfo=UTC)
FRIDAY = Window(first=date(2026, 3, 13), last=date(2026, 3, 13))
WEEK = Window(first=date(2026, 3, 9), last=date(2026, 3, 13))


@pytest.fixture
def school():
    world = SmallWorld(now=SATURDAY)
    for number in range(4001, 4061):
        world.add(str(number), "Mon 2026-03-09", r"/\ /\ NN LI /\ ")
    with simulate_arbor(Recomputed(world=world, since=SATURDAY + timedelta(hours=1)), "S") as server:
        around = Surroundings(now=world.clock, sleep=lambda _: None)
        connector = connect(Settings(address=server.address, username="relay", password="simulated"), around)
        yield world, lambda window: connector.pull(window, seen=lambda _: None), connector
        connector.close()


def test_four_hundred_marks_of_a_week_change_between_two_pulls(school):
    world, pull, _ = school
    before = set(brought(pull(WEEK)))
    world.now += timedelta(hours=2)

    after = set(brought(pull(WEEK)))

    assert len(after - before) == len(before - after) == 400
    assert {code for *_, code in after - before} == {"L", "U"}


def test_those_of_earlier_days_come_through_the_change_log(school):
    world, pull, connector = school
    pull(FRIDAY)
    connector.committed()
    world.now += timedelta(hours=2)

    late = [mark for mark in pull(FRIDAY).marks if mark.session.day < FRIDAY.first]

    # Seven marks of each pupil can shift, two of them on Friday: 57 pupils and one mark of the next.
    assert len(late) == 57 * 5 + 1
    assert {mark.code for mark in late} == {"L", "U"}
