"""What every connector promises, whichever platform it speaks to: a new platform is tested before its author writes a test.

What becomes of answers that go wrong is in ``test_contract_answers.py``, refusals are in ``test_contract_refusals.py``.
"""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from app.demo.platforms.world import WorldMark
from connectors.base import Malformed, Window
from connectors.registry import PLATFORMS
from mapping.model import Half, Quarantined
from mapping.normalise import LATE, NOT_A_MARK, Normaliser, SourceCodes
from tests.builders import NATIONAL, session, upn
from tests.connectors.rigs import RIGS, WEEK
from tests.connectors.worlds import SmallWorld, brought, expected, of_pupils, within


def test_a_pull_brings_every_mark_of_the_window_and_no_other(rig):
    rig.fill()

    pulled = rig.pull()

    assert brought(pulled) == expected(rig.world)
    assert len(pulled.marks) == 107
    assert (pulled.first, pulled.last, pulled.unreadable) == (WEEK.first, WEEK.last, ())


def test_every_mark_brings_the_upn_of_its_pupil_where_the_platform_tells_it(rig):
    rig.fill()

    told = {mark.platform_id: mark.upn for mark in rig.pull().marks}["4007"]

    assert told == (upn(4007) if rig.tells_upns else None)


def test_a_register_not_taken_yet_is_no_mark(rig):
    rig.fill()

    taken = {(mark.platform_id, str(mark.session)) for mark in rig.pull().marks}

    assert ("4011", "Mon 9 Mar 2026 AM") in taken
    assert ("4011", "Mon 9 Mar 2026 PM") not in taken
    assert not {platform_id for platform_id, _ in taken} & {"4012"}


def test_every_mark_says_where_it_was_found(rig):
    rig.fill()

    places = [mark.where for mark in rig.pull().marks]

    assert all(any(sign.isdigit() for sign in place) for place in places)
    assert len(set(places)) == len(places)


def test_the_progress_bar_hears_of_every_record(rig):
    rig.fill()
    counts = []

    rig.connector.pull(WEEK, seen=counts.append)

    assert sum(counts) == 120


def test_a_second_pull_brings_the_same_or_nothing_new_and_never_a_failure(rig):
    rig.fill()
    first = rig.pull()
    rig.connector.committed()

    second = rig.pull()

    assert brought(second) == (brought(first) if rig.reads_again else [])


def test_a_pull_that_was_not_stored_can_be_made_again(rig):
    rig.fill()

    first, second = rig.pull(), rig.pull()

    assert brought(first) == brought(second) == expected(rig.world)


def test_nothing_kept_from_pull_to_pull_moves_before_the_pull_is_stored(rig):
    rig.fill()
    rig.kept["watermark of another connector"] = "1"
    before = dict(rig.kept)

    rig.pull()
    rig.connector.discover(WEEK, seen=lambda _: None)
    rig.connector.check()

    assert (rig.kept, rig.seen) == (before, set())


def test_what_a_platform_offers_is_shown_without_taking_anything_in(rig):
    rig.fill()

    offered = rig.connector.discover(WEEK, seen=lambda _: None)

    assert {code.symbol for code in offered.codes if code.marks} <= {symbol for _, _, symbol in expected(rig.world)}
    assert {"/", "\\"} <= {code.symbol for code in offered.codes if code.marks}
    assert WEEK.first <= offered.first <= offered.last <= WEEK.last
    assert brought(rig.pull()) == expected(rig.world)


def test_an_empty_answer_is_whole_and_empty_or_no_answer_at_all(rig):
    rig.fill()
    rig.make_empty()

    try:
        pulled = rig.pull()
    except Malformed:
        assert rig.empty_is_malformed
    else:
        assert (pulled.marks, pulled.is_whole, rig.empty_is_malformed) == ((), True, False)


# Pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [0.5, 1, 1.5, 2, 3])
def test_pages_are_read_from_the_right_first_one_to_the_last(kind, tmp_path, pages):
    count = int((kind.page_size or 2) * pages)
    with kind.standing(tmp_path, world=of_pupils(count)) as rig:
        rig.fill()

        assert brought(rig.pull()) == expected(rig.world)
        assert len(expected(rig.world)) == count


def test_a_page_of_registers_not_taken_ends_nothing(kind, tmp_path):
    size = kind.page_size or 2
    world = of_pupils(size)
    for number in range(5001, 5001 + 2 * size):
        world.add(str(number), "Mon 2026-03-09", "--")
    world.add("6001", "Mon 2026-03-09", "/-")
    with kind.standing(tmp_path, world=world) as rig:
        rig.fill()

        assert brought(rig.pull()) == expected(world)


# The window ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last"), [(9, 9), (10, 12), (13, 13), (9, 13)])
def test_both_ends_of_the_window_are_in_it_and_no_later_day_is(rig, first, last):
    rig.fill()
    window = Window(first=date(2026, 3, first), last=date(2026, 3, last))

    pulled = rig.pull(window)

    assert within(pulled, window) == expected(rig.world, window.first, window.last)
    assert [mark for mark in pulled.marks if mark.session.day > window.last] == []
    assert (pulled.first, pulled.last) == (window.first, window.last)


def test_a_correction_comes_with_the_next_pull(rig):
    rig.fill()
    rig.pull()
    rig.connector.committed()
    rig.world.correct("4001", session("Mon 2026-03-09 AM"), "M", since=rig.world.now + timedelta(hours=1))
    rig.world.now += timedelta(hours=2)
    rig.fill()

    assert ("4001", session("Mon 2026-03-09 AM"), "M") in brought(rig.pull())


#: Just after midnight by the clocks in England, which UTC calls the day before; and both nights of a change.
NIGHTS = {
    "00:30 BST after the clocks went forward": (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30)),
    "00:30 before the clocks go forward": (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), date(2026, 3, 29)),
    "00:30 BST before the clocks go back": (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
    "the hour that comes twice": (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
    "00:30 GMT after the clocks went back": (datetime(2026, 10, 26, 0, 30, tzinfo=UTC), date(2026, 10, 26)),
    "00:30 BST in the middle of a summer": (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 7, 1)),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_marks_keep_their_date_and_half_over_a_change_of_the_clocks(kind, tmp_path, night):
    now, today = NIGHTS[night]
    window = Window(first=today - timedelta(days=3), last=today + timedelta(days=1))
    world = SmallWorld(now=now)
    for number, symbol in enumerate(("/", "\\", "L", "C1", "I", "N"), start=4001):
        world.add_each_day(str(number), window, symbol)
    with kind.standing(tmp_path, world=world, window=window) as rig:
        rig.fill()

        assert brought(rig.pull()) == expected(world)
        assert len(expected(world)) == 6 * 5 * 2
        offered = rig.connector.discover(window, seen=lambda _: None)
        assert {offered.first, offered.last} <= {mark.day for _, mark in world.shown}


# Codes ---------------------------------------------------------------------------------------------------------------


def test_every_national_code_arrives_as_it_is(kind, tmp_path):
    world = SmallWorld()
    in_force = [code for code in NATIONAL if code.is_valid_on(WEEK.first)]
    for number, code in enumerate(in_force, start=4001):
        world.add_each_day(str(number), WEEK, code.code)
    with kind.standing(tmp_path, world=world) as rig:
        rig.fill()

        assert brought(rig.pull()) == expected(world)


@pytest.mark.parametrize("symbol", ["ZZ", "?", "7", "Ill at home"])
def test_an_unknown_code_arrives_as_it_is_and_waits_for_a_person(kind, tmp_path, symbol):
    world = of_pupils(3)
    world.show(WorldMark(world._id(), "4001", date(2026, 3, 9), Half.PM, symbol))
    with kind.standing(tmp_path, world=world) as rig:
        rig.fill()
        [unknown] = [mark for mark in rig.pull().marks if mark.session.half is Half.PM]

    held = normaliser(kind)(unknown)

    assert isinstance(held, Quarantined)
    assert (held.code, held.platform_id, held.session) == (kind.sent(symbol), "4001", session("Mon 2026-03-09 PM"))


def normaliser(kind):
    codes = SourceCodes(table={row["symbol"]: row["code"] for row in kind.code_table()})
    return Normaliser(national=NATIONAL, codes=codes, resolve=lambda *_: "P1")


# Settings and the registry -------------------------------------------------------------------------------------------


def test_a_misspelt_setting_is_an_error_that_names_it(rig):
    with pytest.raises(msgspec.ValidationError, match="adress"):
        msgspec.convert(rig.raw | {"adress": "x"}, PLATFORMS[rig.name].settings)


def test_a_platform_comes_with_a_code_table_of_national_codes(kind):
    rows = kind.code_table()

    assert {row["code"] for row in rows} <= {code.code for code in NATIONAL} | {LATE, NOT_A_MARK}
    assert len({row["symbol"] for row in rows}) == len(rows)


def test_every_platform_has_a_rig():
    assert RIGS.keys() == PLATFORMS.keys()
