"""Arbor's change log: corrections of days that are not read again come by themselves, and it never costs a register."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from app.demo.platforms.server import Fault, FaultKind
from connectors.arbor import Settings, connect
from connectors.base import Patience, Surroundings, Window
from tests.builders import session
from tests.connectors.worlds import SmallWorld, brought

FRIDAY = Window(first=date(2026, 3, 13), last=date(2026, 3, 13))
MONDAY_AM = session("Mon 2026-03-09 AM")
SATURDAY = datetime(2026, 3, 14, 8, tzinfo=UTC)
LATER = SATURDAY + timedelta(hours=3)
LOG = "/rest-v2/attendance-roll-call-records/changelog"


@pytest.fixture
def world():
    world = SmallWorld(now=SATURDAY)
    for number in range(4001, 4008):
        world.add(str(number), "Mon 2026-03-09", r"/\ /\ NN LI /\ ")
    return world


class School:
    """One school's simulated Arbor and the connector to it, whose pulls ask for Friday alone and are stored."""

    def __init__(self, world):
        self.world, self.ways, self.kept = world, ArborWays(), {}
        self.server = simulate_arbor(world, "S", ways=self.ways)
        self.connector = self.connect()

    def connect(self, **settings):
        raw = {"address": self.server.address, "username": "relay", "password": "simulated"} | settings
        patience = Patience(attempts=2, silence=0.3)
        around = Surroundings(
            now=self.world.clock, sleep=lambda _: None, transport=None, patience=patience, kept=self.kept
        )
        return connect(msgspec.convert(raw, Settings), around)

    def pull(self, connector=None, *, stored=True):
        connector = connector or self.connector
        pulled = connector.pull(FRIDAY, seen=lambda _: None)
        if stored:
            connector.committed()
        return pulled

    def correct(self, *pupils, to="M", at=MONDAY_AM):
        for pupil in pupils:
            self.world.correct(pupil, at, to, LATER)
        self.world.now = LATER

    def asked_of_log(self):
        return [asked.query for asked in self.server.asked if asked.path == LOG]

    def fetched(self):
        singles = [asked.path.rpartition("/")[2] for asked in self.server.asked if asked.method == "GET"]
        return [number for number in singles if number != "changelog"]


@pytest.fixture
def school(world):
    school = School(world)
    with school.server:
        yield school
        school.connector.close()


def reasons(pulled):
    return [row.reason for row in pulled.remarks]


def test_the_first_pull_only_learns_where_the_log_ends(school):
    pulled = school.pull()

    assert {mark.session.day for mark in pulled.marks} == {FRIDAY.first}
    assert school.fetched() == []
    assert school.kept == {"change_log_revision": "77003", "change_log_parameter": "from-revision"}
    assert pulled.remarks == ()


def test_a_correction_of_a_day_that_is_not_read_again_comes_with_the_next_pull(school):
    school.pull()
    school.correct("4003")

    pulled = school.pull()

    assert ("4003", MONDAY_AM, "M") in brought(pulled)
    assert school.fetched() == ["900021"]
    assert (pulled.first, pulled.last, pulled.is_whole, pulled.remarks) == (FRIDAY.first, FRIDAY.last, True, ())
    late = next(mark for mark in pulled.marks if mark.session == MONDAY_AM)
    assert (late.where, late.upn) == ("change log id 900021", school.world.people[2].upn)


def test_a_correction_inside_the_window_is_not_fetched_once_more(school):
    school.pull()
    school.correct("4003", at=session("Fri 2026-03-13 AM"))

    pulled = school.pull()

    assert ("4003", session("Fri 2026-03-13 AM"), "M") in brought(pulled)
    assert school.fetched() == []


def test_what_was_brought_once_and_stored_is_not_brought_again(school):
    school.pull()
    school.correct("4003")
    school.pull()

    assert {mark.session.day for mark in school.pull().marks} == {FRIDAY.first}


def test_what_was_brought_and_not_stored_is_brought_again(school):
    school.pull()
    school.correct("4003")
    school.pull(stored=False)

    assert ("4003", MONDAY_AM, "M") in brought(school.pull())


@pytest.mark.parametrize("spelling", ["from-revision", "fromRevision"])
def test_the_spelling_that_is_kept_to_is_found_and_kept(school, spelling):
    school.ways.spelling = spelling
    school.pull()
    school.correct("4003")
    school.pull()
    asked = len(school.asked_of_log())

    school.pull()

    assert school.kept["change_log_parameter"] == spelling
    assert school.kept["change_log_revision"] == "77004"
    assert school.asked_of_log()[asked:] == [{spelling: "77004"}]


def test_a_log_that_passes_over_both_spellings_is_left_alone(school):
    school.ways.spelling = "since"

    pulled = school.pull()

    assert len(pulled.marks) == 14
    assert school.kept == {}
    assert "does not keep to the revision asked for" in reasons(pulled)[0]


def test_a_log_in_pages_is_read_to_its_end(school):
    school.pull()
    school.correct("4001", "4002", "4003", "4004", "4005")
    school.server.faults += [None, None, *[Fault(FaultKind.SMALL_PAGES, "2")] * 9]

    pulled = school.pull()

    assert sum(mark.code == "M" for mark in pulled.marks) == 5
    assert school.kept["change_log_revision"] == "77008"


def test_no_more_than_so_many_are_fetched_and_the_others_wait_for_the_next_pull(school):
    patient = school.connect(max_changes=2)
    school.pull(patient)
    school.correct("4001", "4002", "4003", "4004", "4005")

    pulls = [school.pull(patient) for _ in range(3)]

    late = [[mark.platform_id for mark in pulled.marks if mark.code == "M"] for pulled in pulls]
    assert [len(each) for each in late] == [2, 2, 1]
    assert sorted(pupil for each in late for pupil in each) == ["4001", "4002", "4003", "4004", "4005"]
    assert reasons(pulls[0]) == ["3 changed records of earlier days are left for the next pulls"]
    assert reasons(pulls[2]) == []
    patient.close()


def test_a_record_that_is_gone_is_counted_and_takes_nothing_away(school):
    school.pull()
    gone = next(mark for _, mark in school.world.shown if (mark.platform_id, mark.day) == ("4003", MONDAY_AM.day))
    school.world.shown = [(since, mark) for since, mark in school.world.shown if mark is not gone]
    school.world.now = LATER

    pulled = school.pull()

    assert reasons(pulled) == ["1 records were deleted: which they were shows when their days are read again"]
    assert (pulled.unreadable, school.fetched()) == ((), [])


def test_a_record_that_answers_404_counts_as_deleted(school):
    school.pull()
    school.correct("4003")
    # UPNs twice, the log twice, the records of Friday and the page after them.
    school.server.faults += [None] * 4 + [None] * 2 + [Fault(FaultKind.STATUS, "404")]

    pulled = school.pull()

    assert reasons(pulled) == ["1 records were deleted: which they were shows when their days are read again"]


def test_a_record_that_has_lost_its_mark_is_no_mark(school):
    school.pull()
    school.correct("4003", to=None)

    pulled = school.pull()

    assert {mark.session.day for mark in pulled.marks} == {FRIDAY.first}
    assert reasons(pulled) == ["1 records have lost their mark: which they were shows when their days are read again"]


def test_a_gap_in_the_revisions_is_said(school):
    school.pull()
    school.correct("4003")
    school.ways.gap = 5

    pulled = school.pull()

    assert ("4003", MONDAY_AM, "M") in brought(pulled)
    assert reasons(pulled) == [
        "the change log has 1 gaps after revision 77003: corrections in them come when their days are read again"
    ]


@pytest.mark.parametrize(
    ("fault", "times", "said"),
    [
        (Fault(FaultKind.STATUS, "403"), 1, "may not read the change log of AttendanceRollCallRecord"),
        (Fault(FaultKind.REFUSED), 1, "may not read the change log of AttendanceRollCallRecord"),
        (Fault(FaultKind.BODY_STATUS, "401"), 1, "may not read the change log of AttendanceRollCallRecord"),
        (Fault(FaultKind.BODY_STATUS, "200"), 1, "reports an error inside its answer"),
        (Fault(FaultKind.STATUS, "404"), 2, "does not keep to the revision"),
        (Fault(FaultKind.HTML), 1, "text/html instead of JSON"),
        (Fault(FaultKind.HALF_JSON), 1, "JSON of another shape"),
        (Fault(FaultKind.DOWN), 2, "is not available (503)"),
    ],
    ids=lambda value: f"{value.kind} {value.value}" if isinstance(value, Fault) else "",
)
def test_a_log_that_cannot_be_used_costs_no_register_and_moves_nothing_on(school, fault, times, said):
    school.pull()
    before = dict(school.kept)
    school.server.faults += [None, None, *[fault] * times]

    pulled = school.pull()

    assert len(pulled.marks) == 14
    assert pulled.is_whole
    assert [said in reason for reason in reasons(pulled)] == [True]
    assert school.kept == before


def test_an_answer_without_anything_in_it_says_that_nothing_changed(school):
    school.pull()
    school.server.faults += [None, None, Fault(FaultKind.EMPTY)]

    assert school.pull().remarks == ()
    assert school.kept["change_log_revision"] == "77003"


@pytest.mark.parametrize(
    ("fault", "unreadable", "left"),
    [(Fault(FaultKind.HTML), 1, 0), (Fault(FaultKind.DOWN), 0, 2)],
    ids=["what cannot be read is kept for a person", "what cannot be had waits"],
)
def test_a_record_that_fails_leaves_the_others_alone(school, fault, unreadable, left):
    school.pull()
    school.correct("4001", "4002")
    school.server.faults += [None] * 6 + [fault, fault] if fault.kind is FaultKind.DOWN else [None] * 6 + [fault]

    pulled = school.pull()

    assert len(pulled.unreadable) == unreadable
    assert any(f"{left} changed records of earlier days are left" in reason for reason in reasons(pulled)) == bool(left)
    if left:
        assert sum(mark.code == "M" for mark in school.pull().marks) == 2


def test_switched_off_the_log_is_not_asked(school):
    off = school.connect(change_log=False)

    school.pull(off)

    assert school.asked_of_log() == []
    off.close()


def test_discovering_reads_no_log_and_keeps_nothing(school):
    school.connector.discover(FRIDAY, seen=lambda _: None)
    school.connector.committed()

    assert (school.asked_of_log(), school.kept) == ([], {})
