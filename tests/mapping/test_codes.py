"""The national code set: dated, one byte a code, and each on its own side of the statistics."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from mapping.codes import NO_SESSION, NOT_RECORDED, QUARANTINED, RESERVED, Code, CodeTable, Meaning
from tests.builders import NATIONAL, day

TABLE = Path(__file__).parents[2] / "config" / "codes" / "national.csv"
ROWS = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))
IN_FORCE = r"/ \ L K V P W B D C1 M J1 S X C2 C T R I E Q Y1 Y2 Y3 Y4 Y5 Y6 Y7 G N O U Z #"
WITHDRAWN = "H J Y F"
NEW_IN_2024 = "K C1 J1 C2 Q Y1 Y2 Y3 Y4 Y5 Y6 Y7"
FIRST = day("Mon 2024-08-19")
ONE_DAY = timedelta(days=1)

by_code = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])


def test_the_table_holds_the_34_codes_in_force_and_the_4_withdrawn():
    assert [code.code for code in NATIONAL] == IN_FORCE.split() + WITHDRAWN.split()
    assert len(IN_FORCE.split()) == 34


@by_code
def test_each_code_is_one_visible_byte_that_leads_back_to_it(row):
    code = NATIONAL[row["code"]]

    assert NATIONAL.of_byte(code.byte) is code
    assert NATIONAL.encode([code.code]) == row["byte"].encode("ascii")
    assert NATIONAL.spell(code.byte) == code.code
    assert code.byte not in RESERVED


@by_code
def test_each_code_of_one_character_is_its_own_byte(row):
    assert len(row["code"]) == 2 or row["byte"] == row["code"]


def test_no_two_codes_share_a_byte():
    assert len({code.byte for code in NATIONAL}) == len(ROWS) == 38


@by_code
def test_each_category_agrees_with_the_sides_written_beside_it(row):
    meaning = NATIONAL[row["code"]].meaning

    assert meaning.is_possible == (row["counts_as_possible"] == "1")
    assert meaning.is_attendance == (row["counts_as_present"] == "1")
    assert meaning.is_absence == (row["authorised"] == "1" or row["unauthorised"] == "1")
    assert (meaning is Meaning.AUTHORISED_ABSENCE) == (row["authorised"] == "1")
    assert (meaning is Meaning.UNAUTHORISED_ABSENCE) == (row["penalty_notice_counts"] == "1")


@by_code
def test_each_replacement_is_a_code_that_takes_over_the_next_day(row):
    code = NATIONAL[row["code"]]

    assert all(NATIONAL[new].is_valid_on(code.valid_to + ONE_DAY) for new in code.replaced_by)


@pytest.mark.parametrize("code", sorted(set(IN_FORCE.split()) - set(NEW_IN_2024.split())))
def test_codes_older_than_the_2024_regulations_are_in_force_on_both_sides_of_them(code):
    assert NATIONAL[code].is_valid_on(FIRST - ONE_DAY)
    assert NATIONAL[code].is_valid_on(FIRST)


@pytest.mark.parametrize("code", NEW_IN_2024.split())
def test_the_codes_of_2024_begin_on_19_august(code):
    assert not NATIONAL[code].is_valid_on(day("Sun 2024-08-18"))
    assert NATIONAL[code].is_valid_on(day("Mon 2024-08-19"))
    assert NATIONAL[code].is_valid_on(day("Tue 2024-08-20"))


@pytest.mark.parametrize("code", ["H", "J", "Y"])
def test_the_codes_replaced_in_2024_end_on_18_august(code):
    assert NATIONAL[code].is_valid_on(day("Sat 2024-08-17"))
    assert NATIONAL[code].is_valid_on(day("Sun 2024-08-18"))
    assert not NATIONAL[code].is_valid_on(day("Mon 2024-08-19"))


def test_extended_family_holiday_ended_with_august_2013():
    assert NATIONAL["F"].is_valid_on(day("Fri 2013-08-30"))
    assert NATIONAL["F"].is_valid_on(day("Sat 2013-08-31"))
    assert not NATIONAL["F"].is_valid_on(day("Sun 2013-09-01"))


def test_an_interview_was_attendance_and_became_an_authorised_absence():
    assert NATIONAL["J"].meaning is Meaning.APPROVED_EDUCATIONAL_ACTIVITY
    assert NATIONAL["J1"].meaning is Meaning.AUTHORISED_ABSENCE
    assert NATIONAL["J"].replaced_by == ("J1",)


def test_old_y_says_that_only_its_cause_tells_what_it_became():
    assert NATIONAL["Y"].replaced_by == ("Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Q")


@pytest.mark.parametrize(
    ("meanings", "codes"),
    [
        ([Meaning.UNAUTHORISED_ABSENCE], "G N O U"),
        ([Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY], r"/ \ L K V P W B J"),
        ([Meaning.AUTHORISED_ABSENCE], "C1 M J1 S C2 C T R I E H F"),
        ([Meaning.NOT_POSSIBLE, Meaning.ADMINISTRATIVE], "D X Q Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z # Y"),
        ([], ""),
    ],
)
def test_the_bytes_of_a_meaning_hold_withdrawn_codes_too(meanings, codes):
    assert sorted(NATIONAL.bytes_of(*meanings)) == sorted(NATIONAL.encode(codes.split()))


@pytest.mark.parametrize(("byte", "sign"), [(NOT_RECORDED, "-"), (NO_SESSION, "."), (QUARANTINED, "?")])
def test_the_three_bytes_that_are_no_code_spell_themselves(byte, sign):
    assert NATIONAL.of_byte(byte) is None
    assert NATIONAL.spell(byte) == sign


def test_a_code_that_nobody_knows_is_none_or_an_error_but_never_another_code():
    assert NATIONAL.get("c") is None
    with pytest.raises(KeyError):
        NATIONAL["j"]
    with pytest.raises(KeyError):
        NATIONAL.encode(["N", "1"])


GOOD = {"code": "N", "byte": "N", "name": "No reason yet", "category": "unauthorised_absence"}
GOOD |= {"valid_from": "", "valid_to": "", "replaced_by": ""}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"byte": "NN"}, "code 'N', column 'byte': 'NN' is not one visible ASCII character"),
        ({"byte": ""}, "code 'N', column 'byte': '' is not one visible ASCII character"),
        ({"byte": "é"}, "code 'N', column 'byte': 'é' is not one visible ASCII character"),
        ({"byte": "\n"}, "code 'N', column 'byte': '\\n' is not one visible ASCII character"),
        ({"byte": " "}, "code 'N', column 'byte': ' ' is not one visible ASCII character"),
        ({"category": "absent"}, "code 'N', column 'category': 'absent' is not a valid Meaning"),
        ({"valid_from": "19/08/2024"}, "code 'N', column 'valid_from': Invalid isoformat string: '19/08/2024'"),
        ({"valid_to": "2024-02-30"}, "code 'N', column 'valid_to': day is out of range for month"),
        ({"code": ""}, "code '', column 'code': it is empty"),
        ({"name": ""}, "code 'N', column 'name': it is empty"),
        ({"replaced_by": None}, "code 'N': the column 'replaced_by' is missing"),
        (
            {"valid_from": "2024-08-19", "valid_to": "2024-08-18"},
            "code 'N': valid_to 2024-08-18 is before valid_from 2024-08-19",
        ),
    ],
)
def test_a_bad_cell_is_named_by_code_and_column(change, message):
    with pytest.raises(ValueError) as error:
        CodeTable.from_rows([GOOD | change])

    assert str(error.value) == message


def test_a_code_may_be_in_force_for_a_single_day():
    (code,) = CodeTable.from_rows([GOOD | {"valid_from": "2024-08-19", "valid_to": "2024-08-19"}])

    assert [code.is_valid_on(FIRST + n * ONE_DAY) for n in (-1, 0, 1)] == [False, True, False]


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="code 'N': the column 'category' is missing"):
        CodeTable.from_rows([{"code": "N", "name": "No reason yet", "byte": "N"}])


@pytest.mark.parametrize(
    "second",
    [
        Code(code="O", name="same byte", meaning=Meaning.UNAUTHORISED_ABSENCE, byte=ord("N")),
        Code(code="N", name="same code", meaning=Meaning.UNAUTHORISED_ABSENCE, byte=ord("n")),
        Code(code="-", name="not recorded", meaning=Meaning.ADMINISTRATIVE, byte=NOT_RECORDED),
        Code(code=".", name="no session", meaning=Meaning.ADMINISTRATIVE, byte=NO_SESSION),
        Code(code="?", name="quarantined", meaning=Meaning.ADMINISTRATIVE, byte=QUARANTINED),
    ],
    ids=lambda code: code.name,
)
def test_a_byte_stands_for_one_thing_only(second):
    first = Code(code="N", name="no reason yet", meaning=Meaning.UNAUTHORISED_ABSENCE, byte=ord("N"))

    with pytest.raises(ValueError, match="already taken"):
        CodeTable([first, second])


def test_the_bytes_that_say_absent_and_attended_are_those_of_the_codes_that_do():
    assert {NATIONAL["I"].byte, NATIONAL["N"].byte, NATIONAL["C2"].byte} <= NATIONAL.absent_bytes
    assert {NATIONAL["/"].byte, NATIONAL["B"].byte} <= NATIONAL.attended_bytes
    assert not NATIONAL.absent_bytes & NATIONAL.attended_bytes
    assert NATIONAL["D"].byte not in NATIONAL.absent_bytes | NATIONAL.attended_bytes
