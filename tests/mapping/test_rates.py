"""Rates are the DfE's own: what it published comes out again from its counts, to the last decimal it printed.

``tests/data/published_rates.csv`` holds published figures with their counts, denominators and sources.
"""

import csv
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.rates import NOTHING, PERSISTENT, SEVERE, Counter, Counts, percent, prevalence, share, weighted
from tests.builders import NATIONAL, marks

FILE = Path(__file__).parents[1] / "data" / "published_rates.csv"
PUBLISHED = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
DAILY = "Pupil attendance in schools, year to date"
YEAR_TO_DATE = [row for row in PUBLISHED if row["dataset"] == DAILY]
REPRODUCIBLE = [
    row
    for row in PUBLISHED
    if row["reproducible_from_row"] == "1" and row["count"] and row["denominator"] and row["published_percent"]
]
#: 1,133 of 5,354 is 21.16175 to five places and 21.1617 to four; 21.1618 was rounded from the rounded figure.
ROUNDED_TWICE = "r01582"


def places(row):
    """Return the decimals a figure was published with; trailing zeros are dropped in the year-to-date file."""
    figure = Decimal(row["published_percent"])
    if row["published_precision"] != "as in file":
        return int(row["published_precision"].removesuffix("dp"))
    shown = max(0, -int(figure.as_tuple().exponent))
    return max(shown, 9 if figure < 10 else 8) if row["dataset"] == DAILY else shown


def test_1047_published_rates_have_what_it_takes_to_work_them_out_again():
    assert len(REPRODUCIBLE) == 1047


@pytest.mark.parametrize(
    "row", [row for row in REPRODUCIBLE if row["record_id"] != ROUNDED_TWICE], ids=lambda row: row["record_id"]
)
def test_a_published_rate_comes_out_again_from_its_counts(row):
    rate = share(int(row["count"]), int(row["denominator"]))

    assert percent(rate, places(row)) == Decimal(row["published_percent"])


def test_the_one_rate_that_was_rounded_twice_is_right_but_for_its_last_decimal():
    row = next(row for row in REPRODUCIBLE if row["record_id"] == ROUNDED_TWICE)
    rate = share(int(row["count"]), int(row["denominator"]))

    assert row["published_percent"] == "21.1618"
    assert (percent(rate, 5), percent(rate, 4), percent(rate, 3)) == (
        Decimal("21.16175"),
        Decimal("21.1617"),
        Decimal("21.162"),
    )


COUNTED = [row for row in YEAR_TO_DATE if row["measure"] == "overall_absence" and row["phase"] != "Total"]


def counts_of(area, phase):
    rows = {r["measure"]: r for r in YEAR_TO_DATE if (r["area"], r["phase"], r["dfe_code"]) == (area, phase, "")}
    names = {"attended": "attendance", "authorised": "authorised_absence", "unauthorised": "unauthorised_absence"}
    return Counts(**{field: int(rows[measure]["count"]) for field, measure in names.items()})


@pytest.mark.parametrize("row", COUNTED, ids=lambda row: f"{row['area']} {row['phase']}")
def test_attendance_and_both_kinds_of_absence_make_up_the_possible_sessions(row):
    counts = counts_of(row["area"], row["phase"])

    assert counts.possible == int(row["denominator"])
    assert counts.absent == int(row["count"])
    assert percent(counts.overall_rate, places(row)) == Decimal(row["published_percent"])


# All schools together: phases weighted by census enrolment ------------------------------------------------------------

ENROLMENTS = {
    (row["area"], row["phase"]): int(row["denominator"]) for row in YEAR_TO_DATE if "weight" in row["denominator_name"]
}
TOTALS = [row for row in YEAR_TO_DATE if row["phase"] == "Total" and row["published_percent"]]


def phases_of(total):
    return [
        row
        for row in YEAR_TO_DATE
        if row["phase"] != "Total" and all(row[key] == total[key] for key in ("area", "measure", "dfe_code"))
    ]


def rate_of(row):
    if row["count"]:
        return share(int(row["count"]), int(row["denominator"]))
    return Fraction(Decimal(row["published_percent"])) / 100


def test_there_are_38_all_school_totals_with_three_phases_each():
    assert len(TOTALS) == 38
    assert {len(phases_of(total)) for total in TOTALS} == {3}


@pytest.mark.parametrize("total", TOTALS, ids=lambda row: f"{row['area']} {row['measure']} {row['dfe_code']}".strip())
def test_an_all_school_total_is_its_phases_weighted_by_enrolment(total):
    rate = weighted([(rate_of(row), ENROLMENTS[row["area"], row["phase"]]) for row in phases_of(total)])

    assert percent(rate, places(total)) == Decimal(total["published_percent"])


def test_the_national_totals_of_2024_25():
    enrolments = (4_488_598, 3_643_681, 166_617)
    absence = [(70_752_578, 1_348_359_082), (95_138_316, 1_106_970_367), (6_501_707, 50_470_125)]
    persistent = [Fraction("13.50469371"), Fraction("24.3179755"), Fraction("35.79895591")]

    overall = weighted(zip((Fraction(*pair) for pair in absence), enrolments, strict=True))

    assert percent(overall, 10) == Decimal("6.8701916208")
    assert percent(weighted(zip([rate / 100 for rate in persistent], enrolments, strict=True)), 8) == Decimal(
        "18.69993323"
    )


def test_the_plain_sum_of_the_phases_is_not_what_is_published():
    phases = [counts_of("England", phase) for phase in ("Primary", "Secondary", "Special")]

    assert percent(sum(phases, NOTHING).overall_rate, 4) == Decimal("6.8797")


def test_nobody_enrolled_has_no_weighted_rate():
    assert weighted([]) is None
    assert weighted([(Fraction(1, 10), 0)]) is None


# One pupil ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attended", "authorised", "unauthorised", "persistent", "severe"),
    [
        pytest.param(181, 19, 0, False, False, id="9.5 % missed"),
        pytest.param(180, 20, 0, True, False, id="exactly 10 %"),
        pytest.param(180, 0, 20, True, False, id="exactly 10 %, unauthorised"),
        pytest.param(179, 11, 10, True, False, id="10.5 %"),
        pytest.param(101, 50, 49, True, False, id="49.5 %"),
        pytest.param(100, 50, 50, True, True, id="exactly 50 %"),
        pytest.param(99, 1, 100, True, True, id="50.5 %"),
        pytest.param(0, 0, 1, True, True, id="one session, missed"),
        pytest.param(1, 0, 0, False, False, id="one session, attended"),
        pytest.param(0, 0, 0, False, False, id="no possible session"),
        pytest.param(899_999_999, 0, 100_000_000, True, False, id="a hair above 10 %"),
        pytest.param(900_000_001, 0, 100_000_000, False, False, id="a hair below 10 %"),
    ],
)
def test_persistent_and_severe_absence_begin_at_the_number(attended, authorised, unauthorised, persistent, severe):
    counts = Counts(attended=attended, authorised=authorised, unauthorised=unauthorised)

    assert counts.is_persistently_absent is persistent
    assert counts.is_severely_absent is severe


def test_at_exactly_90_percent_attendance_a_pupil_is_persistently_absent_but_not_below_90():
    counts = Counts(attended=180, authorised=12, unauthorised=8)

    assert counts.attendance_rate == Fraction(90, 100)
    assert percent(counts.attendance_rate, 2) == Decimal("90.00")
    assert counts.is_persistently_absent


def test_rates_share_the_possible_sessions():
    counts = Counts(attended=150, authorised=30, unauthorised=20)

    assert (counts.possible, counts.absent) == (200, 50)
    assert counts.attendance_rate == Fraction(3, 4)
    assert counts.overall_rate == Fraction(1, 4)
    assert counts.authorised_rate == Fraction(3, 20)
    assert counts.unauthorised_rate == Fraction(1, 10)


def test_a_pupil_without_a_possible_session_has_no_rate():
    assert NOTHING.possible == 0
    assert NOTHING.attendance_rate is None
    assert NOTHING.overall_rate is None
    assert NOTHING.authorised_rate is None
    assert NOTHING.unauthorised_rate is None


def test_pupils_without_a_possible_session_are_left_out_of_both_sides():
    ten_percent = Counts(attended=9, authorised=1, unauthorised=0)
    half = Counts(attended=1, authorised=0, unauthorised=1)
    always = Counts(attended=10, authorised=0, unauthorised=0)
    pupils = [ten_percent, half, always, NOTHING]

    assert prevalence(pupils, PERSISTENT) == Fraction(2, 3)
    assert prevalence(pupils, SEVERE) == Fraction(1, 3)
    assert prevalence([NOTHING], PERSISTENT) is None


@pytest.mark.parametrize(
    ("rate", "digits", "shown"),
    [
        (Fraction(1, 8), 0, "13"),
        (Fraction(1, 8), 1, "12.5"),
        (Fraction(125, 10000), 1, "1.3"),  # half up, not to the even neighbour
        (Fraction(135, 10000), 1, "1.4"),
        (Fraction(0), 2, "0.00"),
        (Fraction(1), 2, "100.00"),
        (Fraction(2, 3), 4, "66.6667"),
        (Fraction(1, 3_000_000), 9, "0.000033333"),
    ],
)
def test_a_rate_is_rounded_half_up_once(rate, digits, shown):
    assert f"{percent(rate, digits):f}" == shown


def test_rounding_looks_at_every_digit_and_at_no_setting_of_the_machine():
    a_hair_below_half = Fraction(5 * 10**40 - 1, 10**43)

    assert percent(a_hair_below_half, 0) == 0
    with localcontext(prec=3):
        assert percent(Fraction(2, 3), 6) == Decimal("66.666667")


def test_rounded_rates_do_not_add_up():
    counts = Counts(attended=95_918, authorised=2_975, unauthorised=1_107)

    parts = percent(counts.authorised_rate, 2) + percent(counts.unauthorised_rate, 2)

    assert (parts, percent(counts.overall_rate, 2)) == (Decimal("4.09"), Decimal("4.08"))


# Mark strings ---------------------------------------------------------------------------------------------------------

COUNT = Counter(NATIONAL)


@pytest.mark.parametrize(
    ("week", "attended", "authorised", "unauthorised"),
    [
        pytest.param(r"/\ /\ /\ /\ /\ ", 10, 0, 0, id="a full week"),
        pytest.param(r"L\ KV PW B\ /\ ", 10, 0, 0, id="late and off site are attendance"),
        pytest.param("C[C1] [C2]M [J1]S TR IE", 0, 10, 0, id="authorised"),
        pytest.param("GN OU", 0, 0, 4, id="unauthorised"),
        pytest.param("DX Q[Y1] [Y2][Y3] [Y4][Y5] [Y6][Y7] Z#", 0, 0, 0, id="not possible"),
        pytest.param("-- .. ??", 0, 0, 0, id="not recorded, no session and quarantined count for nothing"),
        pytest.param("HF JY", 1, 2, 0, id="withdrawn codes keep the side they had"),
        pytest.param(r"/N I\ -- #[C1]", 2, 2, 1, id="a mixed week"),
    ],
)
def test_each_mark_counts_on_its_side(week, attended, authorised, unauthorised):
    year = marks("Mon 2025-09-08", week)[2025]

    assert COUNT(year) == Counts(attended=attended, authorised=authorised, unauthorised=unauthorised)


def one_by_one(string):
    """Count mark by mark: the slow, obvious way."""
    counts = {"attended": 0, "authorised": 0, "unauthorised": 0}
    sides = {"present": "attended", "approved_educational_activity": "attended"}
    sides |= {"authorised_absence": "authorised", "unauthorised_absence": "unauthorised"}
    for byte in string:
        code = NATIONAL.of_byte(byte)
        if code and code.meaning in sides:
            counts[sides[code.meaning]] += 1
    return Counts(**counts)


signs = st.sampled_from([code.byte for code in NATIONAL] + list(b"-.?"))


@given(st.lists(signs, max_size=732).map(bytes))
def test_counting_a_string_agrees_with_counting_mark_by_mark(string):
    assert COUNT(string) == one_by_one(string)


@given(st.binary(max_size=300))
def test_bytes_that_mean_nothing_count_for_nothing(string):
    assert COUNT(string) == one_by_one(string)


@given(st.lists(signs).map(bytes), st.lists(signs).map(bytes))
def test_two_stretches_count_as_one(first, second):
    assert COUNT(first) + COUNT(second) == COUNT(first + second)
