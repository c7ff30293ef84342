"""What documents count: the share in both countings, the run in its three units, half terms, before and after."""

from datetime import date

import pytest

from app.documents import stretches
from app.documents.figures import Figures, Run
from mapping.marks import BLANK_YEAR, year_start
from outbox.document_parts import Share
from rules.model import PupilMarks
from tests.builders import NATIONAL, calendar, day, marks, session

TERM = calendar(
    "Autumn: Mon 2026-09-07 - Fri 2026-10-23",
    "Autumn: Mon 2026-11-02 - Fri 2026-12-18",
    "Spring: Mon 2027-01-04 - Fri 2027-02-12",
    closed={"Fri 2026-11-27": "INSET day"},
)
FIGURES = Figures(codes=NATIONAL, calendar=TERM)
MONDAY = day("Mon 2026-11-02")


def pupil(first, text, events=()):
    """Return a pupil's marks as they stand, every other session without one."""
    whole = marks(first, text, on=TERM)
    string = whole.get(2026, BLANK_YEAR).replace(b"-", b".")
    return PupilMarks("p1", string, year_start(2026), day("Mon 2026-09-07"), events=tuple(events))


@pytest.mark.parametrize(
    ("text", "policy", "national"),
    [
        (r"/\ NN", Share(attended=2, possible=4), Share(attended=2, possible=4)),
        (r"/[C2] /\ ", Share(attended=3, possible=3), Share(attended=3, possible=4)),
        (r"XX DD", Share(), Share()),
        (r"LU BV", Share(attended=3, possible=4), Share(attended=3, possible=4)),
    ],
)
def test_a_policy_leaves_out_c2_and_the_nation_counts_it_as_absence(text, policy, national):
    child = pupil("Mon 2026-11-02", text.strip())

    assert FIGURES.share(child, MONDAY, day("Fri 2026-11-06")) == policy
    assert FIGURES.national(child, MONDAY, day("Fri 2026-11-06")) == national


@pytest.mark.parametrize(
    ("text", "run"),
    [
        (r"NN /\ ", (0, 0, 0)),
        (r"/\ /N", (1, 1, 1)),
        (r"/\ NN NN", (4, 2, 2)),
        (r"/\ NN .. NN", (4, 2, 3)),
        (r"/\ NN [C2][C2] NN", (6, 3, 3)),
    ],
)
def test_a_run_is_told_in_sessions_timetabled_days_and_school_days(text, run):
    days = len(text.split())

    found = FIGURES.run(pupil("Mon 2026-11-02", text.strip()), day_number(days))

    assert (len(found.sessions), found.timetabled_days, found.school_days) == run


def day_number(count):
    return TERM.between(MONDAY, date.max)[count - 1]


def test_a_run_ends_with_the_last_session_attended():
    child = pupil("Mon 2026-11-02", r"NN /N NN")

    assert FIGURES.run(child, day("Wed 2026-11-04")) == Run(
        sessions=(
            session("Tue 2026-11-03 PM"),
            session("Wed 2026-11-04 AM"),
            session("Wed 2026-11-04 PM"),
        ),
        timetabled_days=2,
        school_days=2,
    )
    assert FIGURES.last_attended(child, day("Wed 2026-11-04")) == session("Tue 2026-11-03 AM")
    assert FIGURES.last_attended(child, MONDAY) is None


def test_a_stretch_is_told_by_its_codes():
    found = FIGURES.attendance(pupil("Mon 2026-11-02", "NO IG LU MB"), MONDAY, day("Thu 2026-11-05"))

    assert (found.unexplained, found.illness, found.late) == (2, 1, 2)
    assert (found.authorised, found.unauthorised) == (2, 4)
    assert [mark.code for mark in found.marks] == ["N", "O", "I", "G", "U", "M"]


def test_half_terms_are_named_by_their_term_and_end_where_a_holiday_begins():
    found = list(stretches.half_terms(TERM, day("Mon 2026-09-07"), day("Fri 2027-01-08")))

    assert found == [
        ("Autumn 1", day("Mon 2026-09-07"), day("Fri 2026-10-23")),
        ("Autumn 2", day("Mon 2026-11-02"), day("Fri 2026-12-18")),
        ("Spring 1", day("Mon 2027-01-04"), day("Fri 2027-01-08")),
    ]


def test_what_was_done_is_compared_over_as_many_days_before_as_after():
    child = pupil(
        "Mon 2026-11-02", r"NN*4 /\*2 ", events=[(day("Thu 2026-11-05"), "contract_agreed"), (MONDAY, "barrier_known")]
    )

    [found] = stretches.interventions(FIGURES, child, day("Mon 2026-11-09"))

    assert (found.what, found.school_days) == ("Attendance contract agreed", 2)
    assert (found.before, found.after) == (Share(attended=0, possible=4), Share(attended=4, possible=4))
    assert stretches.interventions(FIGURES, child, day("Thu 2026-11-05")) == ()


def test_a_contract_counts_from_the_day_after_it_was_agreed():
    child = pupil("Mon 2026-11-02", r"NN /\ /\ ".strip(), events=[(MONDAY, "contract_agreed")])

    found = stretches.contract(FIGURES, child, day("Wed 2026-11-04"), 95)

    assert (found.agreed_on, found.target, found.share) == (MONDAY, 95, Share(attended=4, possible=4))
    assert stretches.contract(FIGURES, child, day("Fri 2026-10-23"), 95) is None


def test_days_away_and_days_back_are_told_apart():
    child = pupil("Mon 2026-11-02", r"NN N/ /\ ".strip())

    assert [FIGURES.is_away(child, day_number(n)) for n in (1, 2, 3)] == [True, False, False]
    assert [FIGURES.is_there(child, day_number(n)) for n in (1, 2, 3)] == [False, True, True]
