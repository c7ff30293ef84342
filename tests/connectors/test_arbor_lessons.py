"""Lesson marks: never AM or PM, and compared with the roll call only where somebody asks for it."""

import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from connectors.arbor import Settings, connect
from connectors.base import Surroundings
from tests.builders import NATIONAL
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, SmallWorld, brought, expected

MONDAY = "2026-03-09"


@pytest.fixture
def world():
    """Four pupils on a Monday: present, unexplained, a register not taken, and not required to attend."""
    world = SmallWorld()
    for pupil, text in (("4001", r"/\ "), ("4002", "NN"), ("4003", "--"), ("4004", "XX")):
        world.add(pupil, "Mon 2026-03-09", text)
    return world


@pytest.fixture
def ways():
    return ArborWays()


@pytest.fixture
def pull(world, ways):
    opened = []
    with simulate_arbor(world, "S", ways=ways) as server:

        def run(**settings):
            around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, national=NATIONAL)
            settings = Settings(address=server.address, username="relay", password="simulated", **settings)
            opened.append(connect(settings, around))
            pulled = opened[-1].pull(WEEK, seen=lambda _: None)
            asked = [each for each in server.asked if b"AttendanceRecord(" in each.body]
            return pulled, len(asked)

        yield run
        for connector in opened:
            connector.close()


def lesson(number, pupil, at, *, present, **more):
    mark = None if present is None else {"isStatisticalPresent": present}
    plain = {"id": str(number), "student": {"id": pupil}, "startDatetime": f"{MONDAY} {at}", "isRedundant": False}
    return plain | {"attendanceMark": mark} | more


def test_lessons_are_not_read_unless_asked_for(pull):
    assert pull()[1] == 0


def test_lessons_that_agree_with_the_roll_call_say_nothing(pull, world):
    pulled, asked = pull(compare_lessons=True)

    assert asked
    assert brought(pulled) == expected(world)
    assert pulled.remarks == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [lesson(1, "4002", "09:00:00", present=True)],
            ["1 sessions present in a lesson, absent in the roll call: 4002 Mon 9 Mar 2026 AM"],
        ),
        (
            [lesson(1, "4002", "12:00:00", present=True)],
            ["1 sessions present in a lesson, absent in the roll call: 4002 Mon 9 Mar 2026 PM"],
        ),
        (
            [lesson(1, "4003", "09:00:00", present=True)],
            ["1 sessions present in a lesson, no roll call taken: 4003 Mon 9 Mar 2026 AM"],
        ),
        (
            [lesson(1, "4001", "13:30:00", present=False)],
            ["1 sessions absent in every lesson, present in the roll call: 4001 Mon 9 Mar 2026 PM"],
        ),
        ([lesson(1, "4001", "09:00:00", present=False), lesson(2, "4001", "10:00:00", present=True)], []),
        ([lesson(1, "4003", "09:00:00", present=False)], []),
        ([lesson(1, "4004", "09:00:00", present=True)], []),
        ([lesson(1, "4002", "09:00:00", present=True, isRedundant=True)], []),
        ([lesson(1, "4002", "09:00:00", present=None)], []),
        ([lesson(1, "4002", "09:00:00", present=True, student=None)], []),
        ([lesson(1, "4002", "09:00:00", present=True, startDatetime="soon")], []),
        ([lesson(1, "4002", "09:00:00", present=True, startDatetime="2026-03-08 09:00:00")], []),
        (
            [lesson(1, "4002", "", present=True, startDatetime={"date": f"{MONDAY} 09:00:00"})],
            ["1 sessions present in a lesson, absent in the roll call: 4002 Mon 9 Mar 2026 AM"],
        ),
    ],
    ids=[
        "there and marked absent",
        "a lesson from noon on is of the afternoon",
        "there and no register taken",
        "in no lesson and marked present",
        "in one lesson of two",
        "in no lesson and no register taken",
        "there and not required",
        "a redundant row",
        "a lesson without a mark",
        "a lesson of nobody",
        "a time that is none",
        "outside the window",
        "a date inside an object",
    ],
)
def test_where_lesson_and_roll_call_disagree_it_is_said_and_no_mark_changes(pull, world, ways, rows, said):
    ways.tables["AttendanceRecord"] = rows

    pulled, _ = pull(compare_lessons=True)

    assert [row.reason.partition(";")[0] for row in pulled.remarks] == said
    assert brought(pulled) == expected(world)
    assert pulled.is_whole


def test_many_are_counted_and_twenty_are_named(pull, ways):
    ways.tables["AttendanceRecord"] = [lesson(n, str(5000 + n), "09:00:00", present=True) for n in range(25)]

    [remark] = pull(compare_lessons=True)[0].remarks

    assert remark.reason.startswith("25 sessions present in a lesson, no roll call taken: 5000 Mon")
    assert remark.reason.endswith(" and 5 more; ask the school, no mark was changed")
    assert remark.reason.count("2026") == 20


def test_lessons_that_may_not_be_read_cost_a_remark(pull, world, ways):
    ways.withheld.add("AttendanceRecord")

    pulled, _ = pull(compare_lessons=True)

    assert brought(pulled) == expected(world)
    assert pulled.remarks[0].reason.startswith("lessons could not be compared: 127.0.0.1 does not let")
