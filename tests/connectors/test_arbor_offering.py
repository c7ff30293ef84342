"""What Arbor offers to whoever connects a school: codes held against the national ones, the roll, placements."""

from datetime import date

import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from connectors.arbor import Settings, connect
from connectors.arbor_flags import offered_codes
from connectors.arbor_rows import MarkFlags
from connectors.base import Surroundings
from connectors.offered import OfferedPlacement, OfferedSchool
from mapping.codes import CodeTable
from mapping.model import Half
from tests.builders import NATIONAL
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, SmallWorld

THE_DAY = date(2026, 3, 13)


@pytest.fixture
def ways():
    return ArborWays()


@pytest.fixture
def discover(ways):
    world = SmallWorld().add("4001", "Mon 2026-03-09", r"/\ LN").add("4002", "Mon 2026-03-09", "--")
    with simulate_arbor(world, "S", ways=ways) as server:
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, national=NATIONAL)
        connector = connect(Settings(address=server.address, username="relay", password="simulated"), around)
        yield lambda: connector.discover(WEEK, seen=lambda _: None)
        connector.close()


# The list of marks ---------------------------------------------------------------------------------------------------


def flags(letter, code="WORD", **held):
    return MarkFlags(id=code, code=code, attendance_mark=letter, **held)


def said(*rows, national=NATIONAL):
    return {symbol: (code.proposal, code.because) for symbol, code in offered_codes(rows, national, THE_DAY).items()}


@pytest.mark.parametrize(
    "row",
    [
        flags("L", is_statistical_present=True, is_legal_present=True),
        flags("B", is_statistical_approved_educational_activity=True),
        flags("I", is_statistical_authorized_absent=True, is_legal_absent=True),
        flags("N", is_statistical_unauthorized_absent=True, is_statistical_possible_attendance=True),
        flags("X", is_statistical_possible_attendance=False),
        flags("#", is_statistical_possible_attendance=False),
        flags("C1", is_statistical_authorized_absent=True),
        flags("I"),
        flags("I", is_statistical_present=True, is_statistical_authorized_absent=True),
    ],
    ids=lambda row: row.attendance_mark,
)
def test_a_letter_is_proposed_where_no_flag_speaks_against_it(row):
    letter = row.attendance_mark

    assert said(row) == {letter: (letter, "it is the letter of Arbor's list, and no flag there speaks against it")}


@pytest.mark.parametrize(
    ("row", "because"),
    [
        (
            flags("L", is_statistical_unauthorized_absent=True),
            "L is nationally present, and Arbor counts it as unauthorised absence: ask the school",
        ),
        (
            flags("O", is_statistical_present=True),
            "O is nationally unauthorised absence, and Arbor counts it as present: ask the school",
        ),
        (
            flags("I", is_statistical_possible_attendance=False),
            "I is nationally authorised absence, and Arbor counts it as administrative or not possible: ask the school",
        ),
        (flags("B", is_legal_absent=True), "B is nationally approved educational activity, and Arbor counts it as "),
        (flags("N", is_legal_present=True), "N is nationally unauthorised absence, and Arbor counts it as attending "),
        (flags("A"), "Arbor's list has it where letters stand, and it is no national code: ask the school"),
        (flags("H"), "the code H was withdrawn: ask the school to change such marks"),
        (flags("PRESENT", code="/"), "Arbor's list has it where letters stand, and it is no national code"),
        (flags(None), "Arbor's list gives this word no letter: ask the school"),
    ],
)
def test_a_contradiction_is_said_and_proposes_nothing(row, because):
    [(proposal, reason)] = said(row).values()

    assert proposal is None
    assert reason.startswith(because)


def test_of_two_rows_with_one_letter_the_contradiction_is_shown():
    good, bad = flags("L", is_statistical_present=True), flags("L", is_statistical_unauthorized_absent=True)

    assert said(good, bad)["L"] == said(bad, good)["L"] == said(bad)["L"]


def test_without_national_codes_nothing_is_proposed_or_contradicted():
    assert said(flags("L"), flags(None), national=CodeTable(())) == {"L": (None, ""), "WORD": (None, "")}


def test_every_symbol_is_shown_with_its_label_and_how_many_marks_carry_it(discover):
    codes = {code.symbol: code for code in discover().codes}

    assert {symbol: codes[symbol].marks for symbol in ("/", "L", "N", "I")} == {"/": 1, "L": 1, "N": 1, "I": 0}
    assert (codes["L"].label, codes["L"].proposal) == ("Mark L", "L")


# What else there is --------------------------------------------------------------------------------------------------


def test_schools_are_named_with_their_urn(ways, discover):
    ways.tables["EducationalInstitution"] = [
        {"id": "1", "educationalInstitutionName": "Quarry Lane", "urn": "999001"},
        {"id": 2},
    ]

    assert discover().schools == (
        OfferedSchool(ref="1", name="Quarry Lane (URN 999001)"),
        OfferedSchool(ref="2", name="without a name"),
    )


def test_the_roll_counts_who_has_entered_and_not_left(ways, discover):
    ways.tables["EducationalInstitutionEnrolment"] = [
        {"id": number, "student": {"id": number}, "entryDate": entry, "leavingDate": leaving}
        for number, (entry, leaving) in enumerate(
            [
                ("2025-09-01", None),
                ("2025-09-01", "2026-03-13"),
                ("2025-09-01", {"entityType": "date", "date": "2026-03-12 00:00:00"}),
                ("2026-03-14", None),
                ("soon", None),
            ]
        )
    ]

    assert discover().pupils == 2


def test_placements_and_part_time_patterns_are_offered_as_they_are_held(ways, discover):
    student = {"id": "4001"}
    ways.tables["UkDfe_AlternativeProvisionPlacement"] = [
        {"id": "1", "student": student, "startDate": "2026-01-05", "endDate": None, "sessionsPerWeek": 6}
    ]
    ways.tables["StudentAttendancePattern"] = [
        {"id": "2", "student": student, "startDate": "2026-01-05", "attendancePattern": {"isMorningOnly": True}},
        {"id": "3", "student": student, "attendancePattern": {"isMorningOnly": False, "isAfternoonOnly": False}},
    ]

    assert discover().placements == (
        OfferedPlacement(platform_id="4001", start=date(2026, 1, 5), sessions_per_week=6),
        OfferedPlacement(
            platform_id="4001", start=date(2026, 1, 5), expected=frozenset((day, Half.AM) for day in range(5))
        ),
        OfferedPlacement(platform_id="4001"),
    )


def test_a_placement_that_cannot_be_read_is_said_and_not_guessed(ways, discover):
    ways.tables["UkDfe_AlternativeProvisionPlacement"] = [
        {"id": "1", "student": {"id": "4001"}, "startDate": "soon"},
        {"id": "2", "student": None},
    ]

    offered = discover()

    assert offered.placements == ()
    assert offered.remarks[-2:] == ("placement id 1 has a date that is none", "placement id 2 names no pupil")


@pytest.mark.parametrize(
    ("entity", "lost"),
    [
        ("UkDfe_AlternativeProvisionPlacement", "placements"),
        ("StudentAttendancePattern", "placements"),
        ("EducationalInstitution", "schools"),
    ],
)
def test_a_permission_that_is_missing_costs_a_line_and_nothing_else(ways, discover, entity, lost):
    ways.withheld.add(entity)

    offered = discover()

    assert getattr(offered, lost) == ()
    assert {code.symbol for code in offered.codes if code.marks} == {"/", "\\", "L", "N"}
    assert [remark.partition(":")[0] for remark in offered.remarks] == [f"{entity} could not be seen"]


def test_without_enrolments_pupils_are_those_who_have_a_mark(ways, discover):
    ways.withheld.add("EducationalInstitutionEnrolment")

    assert discover().pupils == 1


def test_without_the_flags_codes_are_those_that_marks_carry(ways, discover):
    ways.withheld.add("AttendanceMark.isLegalPresent")

    offered = discover()

    assert {code.symbol: code.proposal for code in offered.codes} == {"/": None, "\\": None, "L": None, "N": None}
    assert "AttendanceMark isLegalPresent" in offered.remarks[0]
