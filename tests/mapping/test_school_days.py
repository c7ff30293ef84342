"""School days are the days with sessions at this school: never weekdays, never calendar days."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.school_days import Calendar, NoSuchSchoolDay, Term, at_local, closures, school_date
from tests.builders import calendar, day

# Term to Friday 18 December 2026, again from Monday 4 January 2027: the counting vectors of the project.
WINTER = ("Autumn: Wed 2026-09-02 - Fri 2026-12-18", "Spring: Mon 2027-01-04 - Fri 2027-03-26")
PLAIN = calendar(*WINTER)
INSET_FIRST = calendar(*WINTER, closed={"Mon 2027-01-04": "INSET"})


@pytest.mark.parametrize(
    ("on", "first_absence", "tenth"),
    [
        pytest.param(PLAIN, "Mon 2026-12-07", "Fri 2026-12-18", id="the last day of term is the tenth"),
        pytest.param(PLAIN, "Tue 2026-12-08", "Mon 2027-01-04", id="the tenth is after Christmas"),
        pytest.param(INSET_FIRST, "Tue 2026-12-08", "Tue 2027-01-05", id="an INSET day is stepped over"),
    ],
)
def test_the_tenth_school_day_of_absence(on, first_absence, tenth):
    assert on.nth_after(day(first_absence), 9) == day(tenth)
    assert on.nth_before(day(tenth), 9) == day(first_absence)
    assert len(on.between(day(first_absence), day(tenth))) == 10


def test_the_fifth_school_day_after_an_n_before_christmas():
    assert PLAIN.nth_after(day("Thu 2026-12-17"), 5) == day("Thu 2027-01-07")


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("Fri 2026-11-06", 1, "Mon 2026-11-09"),
        ("Sat 2026-11-07", 1, "Mon 2026-11-09"),
        ("Sun 2026-11-08", 2, "Tue 2026-11-10"),
        ("Mon 2026-11-09", 5, "Mon 2026-11-16"),
        ("Mon 2026-12-21", 1, "Mon 2027-01-04"),
        ("Sat 2026-08-01", 1, "Wed 2026-09-02"),
        ("Mon 2026-11-09", 0, "Mon 2026-11-09"),
        ("Sat 2026-11-07", 0, "Sat 2026-11-07"),
    ],
)
def test_school_days_after(start, n, expected):
    assert PLAIN.nth_after(day(start), n) == day(expected)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("Mon 2026-11-09", 1, "Fri 2026-11-06"),
        ("Sun 2026-11-08", 1, "Fri 2026-11-06"),
        ("Mon 2027-01-04", 1, "Fri 2026-12-18"),
        ("Thu 2026-09-03", 1, "Wed 2026-09-02"),
        ("Sun 2027-08-01", 1, "Fri 2027-03-26"),
        ("Mon 2026-11-09", 0, "Mon 2026-11-09"),
        ("Sun 2027-08-01", 0, "Sun 2027-08-01"),
    ],
)
def test_school_days_before(start, n, expected):
    assert PLAIN.nth_before(day(start), n) == day(expected)


@pytest.mark.parametrize(("start", "n"), [("Wed 2026-09-02", 1), ("Mon 2026-08-31", 1), ("Tue 2026-09-08", 5)])
def test_nothing_is_before_the_first_school_day(start, n):
    assert PLAIN.nth_before(day(start), n) is None


@pytest.mark.parametrize(("start", "n"), [("Fri 2027-03-26", 1), ("Thu 2027-03-25", 2), ("Sun 2027-08-01", 1)])
def test_a_calendar_that_ends_too_early_says_so_instead_of_counting_on(start, n):
    with pytest.raises(NoSuchSchoolDay, match=f"no school day {n} after .*: add the next term to the calendar"):
        PLAIN.nth_after(day(start), n)


def test_days_are_not_counted_backwards_by_a_negative_number():
    with pytest.raises(ValueError, match="backwards with nth_before"):
        PLAIN.nth_after(day("Mon 2026-11-09"), -1)
    with pytest.raises(ValueError, match="forwards with nth_after"):
        PLAIN.nth_before(day("Mon 2026-11-09"), -1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Wed 2026-09-02", None),
        ("Fri 2026-12-18", None),
        ("Sat 2026-12-19", "weekend"),
        ("Mon 2026-12-21", "outside term"),
        ("Fri 2026-12-25", "outside term"),
        ("Tue 2026-09-01", "outside term"),
        ("Mon 2027-01-04", "INSET"),
        ("Sat 2026-11-07", "weekend"),
    ],
)
def test_why_there_is_no_session(text, why):
    assert INSET_FIRST.why_closed(day(text)) == why
    assert INSET_FIRST.is_school_day(day(text)) == (why is None)


def test_a_bank_holiday_in_term_is_no_school_day():
    summer = calendar("Mon 2027-04-12 - Fri 2027-05-28", closed={"Mon 2027-05-03": "early May bank holiday"})

    assert summer.nth_after(day("Fri 2027-04-30"), 1) == day("Tue 2027-05-04")
    assert summer.why_closed(day("Mon 2027-05-03")) == "early May bank holiday"
    assert len(summer.between(day("Mon 2027-05-03"), day("Fri 2027-05-07"))) == 4


def test_the_latest_school_day_of_a_holiday_is_the_last_day_of_term():
    assert PLAIN.last_on_or_before(day("Fri 2026-12-25")) == day("Fri 2026-12-18")
    assert PLAIN.last_on_or_before(day("Fri 2026-12-18")) == day("Fri 2026-12-18")
    assert PLAIN.last_on_or_before(day("Tue 2026-09-01")) is None


def test_no_days_lie_between_a_day_and_an_earlier_one():
    assert PLAIN.between(day("Tue 2026-11-10"), day("Mon 2026-11-09")) == ()


# Ten school weeks -----------------------------------------------------------------------------------------------------


def test_ten_school_weeks_are_not_ten_calendar_weeks():
    absence = day("Mon 2026-11-16")

    assert PLAIN.weeks_back(day("Fri 2027-02-05"), 10) == absence  # w/c 1 February: inside
    assert PLAIN.weeks_back(day("Mon 2027-02-08"), 10) == day("Mon 2026-11-23")  # w/c 8 February: outside
    assert absence + timedelta(weeks=9) == day("Mon 2027-01-18")  # where ten calendar weeks would have stopped


@pytest.mark.parametrize(
    ("monday", "inside"),
    [
        ("Mon 2026-11-16", 10),
        ("Mon 2026-11-23", 9),
        ("Mon 2026-11-30", 8),
        ("Mon 2026-12-07", 7),
        ("Mon 2026-12-14", 6),
        ("Mon 2027-01-04", 5),
        ("Mon 2027-01-11", 4),
        ("Mon 2027-01-18", 3),
        ("Mon 2027-01-25", 2),
        ("Mon 2027-02-01", 1),
    ],
)
def test_each_of_the_ten_weeks_of_the_window(monday, inside):
    assert PLAIN.weeks_back(day("Wed 2027-02-03"), inside) == day(monday)


@pytest.mark.parametrize(
    "text",
    ["Fri 2026-12-18", "Sun 2026-12-20", "Mon 2026-12-21", "Wed 2026-12-30", "Sun 2027-01-03"],
)
def test_a_week_of_holiday_uses_up_none_of_the_window_even_while_it_lasts(text):
    assert PLAIN.weeks_back(day(text), 10) == day("Mon 2026-10-12")


def test_the_window_moves_on_with_the_monday_of_the_next_school_week_even_if_that_is_an_inset_day():
    assert INSET_FIRST.weeks_back(day("Mon 2027-01-04"), 10) == day("Mon 2026-10-19")


def test_the_window_spans_school_years():
    two_years = calendar("Mon 2026-04-13 - Wed 2026-07-22", *WINTER)

    assert two_years.weeks_back(day("Wed 2026-09-02"), 10) == day("Mon 2026-05-25")
    assert two_years.weeks_back(day("Thu 2026-09-17"), 10) == day("Mon 2026-06-08")


def test_a_window_that_begins_before_the_calendar_begins_with_it():
    assert PLAIN.weeks_back(day("Fri 2026-09-04"), 10) == day("Mon 2026-08-31")
    assert PLAIN.weeks_back(day("Thu 2026-08-06"), 10) == day("Mon 2026-08-03")
    assert Calendar(()).weeks_back(day("Thu 2026-08-06"), 10) == day("Mon 2026-08-03")


@pytest.mark.parametrize("weeks", [0, -1])
def test_a_window_of_no_weeks_is_refused(weeks):
    with pytest.raises(ValueError, match="holds nothing"):
        PLAIN.weeks_back(day("Wed 2027-02-03"), weeks)


# Terms ----------------------------------------------------------------------------------------------------------------

TWO_YEARS = calendar(
    "Autumn: Wed 2025-09-03 - Fri 2025-10-24",
    "Autumn: Mon 2025-11-03 - Fri 2025-12-19",
    "Spring: Mon 2026-01-05 - Fri 2026-03-27",
    "Autumn: Wed 2026-09-02 - Fri 2026-10-23",
    "Autumn: Mon 2026-11-02 - Fri 2026-12-18",
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("Wed 2025-09-03", "Wed 2025-09-03", "Fri 2025-12-19", id="first half"),
        pytest.param("Fri 2025-12-19", "Wed 2025-09-03", "Fri 2025-12-19", id="second half"),
        pytest.param("Mon 2026-01-05", "Mon 2026-01-05", "Fri 2026-03-27", id="a term in one stretch"),
        pytest.param("Mon 2026-11-02", "Wed 2026-09-02", "Fri 2026-12-18", id="next year's autumn is another term"),
    ],
)
def test_stretches_of_one_name_are_one_term_of_one_school_year(text, first, last):
    term = TWO_YEARS.term_of(day(text))

    assert (term.first, term.last) == (day(first), day(last))


@pytest.mark.parametrize("text", ["Mon 2025-10-27", "Thu 2025-12-25", "Fri 2026-07-31", "Tue 2025-09-02"])
def test_a_holiday_is_in_no_term(text):
    assert TWO_YEARS.term_of(day(text)) is None


def test_without_names_each_stretch_is_a_term():
    nameless = calendar("Wed 2025-09-03 - Fri 2025-10-24", "Mon 2025-11-03 - Fri 2025-12-19")

    assert nameless.term_of(day("Mon 2025-11-03")) == Term(first=day("Mon 2025-11-03"), last=day("Fri 2025-12-19"))


def test_a_term_holds_its_first_and_last_day_and_nothing_but_dates():
    term = Term(first=day("Mon 2025-11-03"), last=day("Fri 2025-12-19"))

    assert term.first in term
    assert term.last in term
    assert day("Sat 2025-12-20") not in term
    assert "2025-11-03" not in term


def test_a_term_may_be_a_single_day():
    assert calendar("Fri 2026-12-18 - Fri 2026-12-18").days == (day("Fri 2026-12-18"),)


def test_terms_may_be_given_in_any_order_but_not_overlap_or_end_before_they_begin():
    assert calendar(*reversed(WINTER)).terms == PLAIN.terms
    with pytest.raises(ValueError, match="terms from 2026-09-02 and from 2026-12-18 overlap"):
        calendar(WINTER[0], "Fri 2026-12-18 - Fri 2027-03-26")
    with pytest.raises(ValueError, match="term 2026-09-02 ends before it begins"):
        Calendar((Term(first=day("Wed 2026-09-02"), last=day("Tue 2026-09-01")),))


def test_closures_from_several_sources_keep_the_first_reason():
    council = {day("Mon 2027-05-03"): "bank holiday", day("Thu 2027-05-06"): "polling day"}
    school = [day("Thu 2027-05-06"), day("Fri 2027-05-07")]

    assert closures(council, school) == council | {day("Fri 2027-05-07"): "closed"}


# Clocks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clock", "instant"),
    [
        ("Sat 2027-03-27", time(9, 30), datetime(2027, 3, 27, 9, 30, tzinfo=UTC)),
        ("Sun 2027-03-28", time(0, 30), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
        ("Sun 2027-03-28", time(2, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        ("Mon 2027-03-29", time(9, 30), datetime(2027, 3, 29, 8, 30, tzinfo=UTC)),
        ("Mon 2027-03-29", time(0, 30), datetime(2027, 3, 28, 23, 30, tzinfo=UTC)),
        ("Sat 2027-10-30", time(9, 30), datetime(2027, 10, 30, 8, 30, tzinfo=UTC)),
        ("Sun 2027-10-31", time(0, 30), datetime(2027, 10, 30, 23, 30, tzinfo=UTC)),
        ("Sun 2027-10-31", time(1, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # the first of the two
        ("Mon 2027-11-01", time(9, 30), datetime(2027, 11, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_the_school_clock_runs_on_london_time_across_both_changes(text, clock, instant):
    assert at_local(day(text), clock) == instant
    assert at_local(day(text), clock).tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2027, 3, 27, 23, 59, tzinfo=UTC), "Sat 2027-03-27"),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "Sun 2027-03-28"),
        (datetime(2027, 3, 28, 23, 30, tzinfo=UTC), "Mon 2027-03-29"),  # 00:30 BST
        (datetime(2027, 7, 15, 22, 59, tzinfo=UTC), "Thu 2027-07-15"),
        (datetime(2027, 7, 15, 23, 30, tzinfo=UTC), "Fri 2027-07-16"),  # 00:30 BST
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), "Sun 2027-10-31"),  # 00:30 BST, the last of it
        (datetime(2027, 10, 31, 23, 30, tzinfo=UTC), "Sun 2027-10-31"),  # 23:30 GMT
        (datetime(2027, 7, 16, 1, 30, tzinfo=timezone(timedelta(hours=3))), "Thu 2027-07-15"),
    ],
)
def test_the_school_date_of_an_instant_is_londons(instant, text):
    assert school_date(instant) == day(text)


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="names no time zone"):
        school_date(datetime(2027, 7, 15, 23, 30))  # noqa: DTZ001 - that is the point


# A slow, obvious calendar ---------------------------------------------------------------------------------------------

START = date(2026, 8, 1)
dates = st.integers(-20, 420).map(lambda n: START + timedelta(days=n))


@st.composite
def calendars(draw):
    edges = sorted(draw(st.sets(st.integers(0, 400), min_size=2, max_size=6)))
    stretches = zip(edges[::2], edges[1::2], strict=False)
    terms = tuple(Term(first=START + timedelta(days=a), last=START + timedelta(days=b)) for a, b in stretches)
    closed = draw(st.sets(dates, max_size=60))
    return Calendar(terms, dict.fromkeys(closed, "closed"))


def has_session(on, when):
    return when.weekday() < 5 and when not in on.closed and any(term.first <= when <= term.last for term in on.terms)


def walk(on, when, n, step):
    """Go day by day until n days with a session have passed; none when the calendar is left behind."""
    while n and START - timedelta(days=30) < when < START + timedelta(days=430):
        when += step
        n -= has_session(on, when)
    return None if n else when


@given(calendars(), dates, st.integers(1, 30))
def test_counting_agrees_with_walking_from_day_to_day(on, when, n):
    ahead, behind = walk(on, when, n, timedelta(days=1)), walk(on, when, n, timedelta(days=-1))

    assert on.nth_before(when, n) == behind
    try:
        assert on.nth_after(when, n) == ahead
    except NoSuchSchoolDay:
        assert ahead is None


@given(calendars(), dates, dates)
def test_the_school_days_between_two_dates_are_those_with_a_session(on, first, last):
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    assert list(on.between(first, last)) == [each for each in every if has_session(on, each)]


@given(calendars(), dates)
def test_a_day_has_a_session_or_a_reason(on, when):
    assert on.is_school_day(when) == has_session(on, when) == (on.why_closed(when) is None)
    assert on.last_on_or_before(when) == (when if has_session(on, when) else walk(on, when, 1, timedelta(days=-1)))


@given(calendars(), dates, st.integers(1, 12))
def test_the_window_of_school_weeks_agrees_with_looking_through_every_week(on, when, weeks):
    this_monday = when - timedelta(days=when.weekday())
    mondays = [this_monday - timedelta(weeks=n) for n in range(70)]
    held = [monday for monday in mondays if any(has_session(on, monday + timedelta(days=n)) for n in range(7))]

    assert on.weeks_back(when, weeks) == (held[:weeks] or [this_monday])[-1]
