"""A platform's mark becomes a national code by the table of its source, or waits for a person with a reason."""

import pytest

from mapping.identity import Crosswalk, Link
from mapping.model import Mark, Quarantined
from mapping.normalise import LATE, NOT_A_MARK, Normaliser, SourceCodes
from tests.builders import NATIONAL, byte_of, session, source_mark

SAME = {code.code: code.code for code in NATIONAL}
KNOWN = Crosswalk([Link(pupil_id="P1", platform_id="900411"), Link(pupil_id="P2", upn="R331400026001")])


def normaliser(table, **limits):
    return Normaliser(national=NATIONAL, codes=SourceCodes(table=table, **limits), resolve=KNOWN.resolve)


def code_of(outcome):
    assert isinstance(outcome, Mark)
    return NATIONAL.spell(outcome.byte)


@pytest.mark.parametrize("code", [code.code for code in NATIONAL if code.is_valid_on(session("Mon 2025-09-08 AM").day)])
def test_a_national_code_in_force_stays_what_it_is(code):
    half = "PM" if code == "\\" else "AM"

    mark = normaliser(SAME)(source_mark(code, f"Mon 2025-09-08 {half}"))

    assert mark == Mark(pupil_id="P1", session=session(f"Mon 2025-09-08 {half}"), byte=byte_of(code))


@pytest.mark.parametrize(
    ("code", "half", "written"), [("/", "AM", "/"), ("/", "PM", "\\"), ("\\", "AM", "/"), ("\\", "PM", "\\")]
)
def test_the_half_says_which_stroke_is_written(code, half, written):
    assert code_of(normaliser(SAME)(source_mark(code, f"Mon 2025-09-08 {half}"))) == written


@pytest.mark.parametrize(
    ("symbol", "minutes", "written"),
    [
        ("late", None, "L"),  # nothing says that the register had closed
        ("late", 0, "L"),
        ("late", 29, "L"),
        ("late", 30, "L"),
        ("late", 31, "U"),
        ("L", None, "L"),
        ("L", 29, "L"),
        ("L", 30, "L"),
        ("L", 31, "U"),
        ("U", None, "U"),
        ("U", 5, "U"),  # the school said closed: minutes do not open the register again
        ("/", 31, "/"),
        ("N", 31, "N"),
    ],
)
def test_minutes_tell_late_from_after_the_register_closed(symbol, minutes, written):
    read = normaliser(SAME | {"late": LATE})

    assert code_of(read(source_mark(symbol, minutes_late=minutes))) == written


@pytest.mark.parametrize(("minutes", "written"), [(14, "L"), (15, "L"), (16, "U")])
def test_a_school_may_close_its_register_earlier(minutes, written):
    read = normaliser({"L": "L"}, register_open_minutes=15)

    assert code_of(read(source_mark("L", minutes_late=minutes))) == written


def test_what_a_symbol_means_is_said_by_the_table_of_its_source():
    attended = normaliser({"O": "/", "X": "N", "Attended (online)": "K"})

    assert code_of(attended(source_mark("O", "Mon 2025-09-08 PM"))) == "\\"
    assert code_of(attended(source_mark("X"))) == "N"
    assert code_of(attended(source_mark("Attended (online)"))) == "K"
    assert code_of(normaliser(SAME)(source_mark("O"))) == "O"


@pytest.mark.parametrize("symbol", ["", "-", "unmarked"])
def test_a_row_that_is_no_mark_is_dropped_whoever_it_is_about(symbol):
    read = normaliser({symbol: NOT_A_MARK})

    assert read(source_mark(symbol)) is None
    assert read(source_mark(symbol, platform_id="nobody")) is None


@pytest.mark.parametrize(
    ("table", "symbol"),
    [
        pytest.param(SAME, "Q9", id="no such code"),
        pytest.param(SAME, "", id="an empty cell is not present"),
        pytest.param(SAME, "n", id="a small letter"),
        pytest.param(SAME, "N ", id="a space behind"),
        pytest.param(SAME, "c", id="the byte of C1 is not its code"),
        pytest.param({}, "/", id="a table without the symbol, although the nation has it"),
        pytest.param({"P": "present"}, "P", id="a table that names no national code"),
    ],
)
def test_an_unknown_code_waits_for_a_person_and_is_never_a_guess(table, symbol):
    kept = normaliser(table)(source_mark(symbol))

    assert isinstance(kept, Quarantined)
    assert kept.reason == f"code {symbol!r} is not in this school's code table: add it"
    assert (kept.pupil_id, kept.code, kept.session) == ("P1", symbol, session("Mon 2025-09-08 AM"))
    assert (kept.platform_id, kept.where) == ("900411", "page 1 row 1")


@pytest.mark.parametrize(
    ("code", "at", "reason"),
    [
        ("H", "Mon 2024-09-09 AM", "code 'H' means H, which was in force until 2024-08-18 (now C)"),
        ("J", "Mon 2024-09-09 AM", "code 'J' means J, which was in force until 2024-08-18 (now J1)"),
        ("Y", "Mon 2024-08-19 AM", "(now Y1, Y2, Y3, Y4, Y5, Y6, Y7, Q)"),
        ("F", "Mon 2013-09-02 AM", "code 'F' means F, which was in force until 2013-08-31 (now H)"),
    ],
)
def test_a_withdrawn_code_is_never_converted(code, at, reason):
    kept = normaliser(SAME)(source_mark(code, at))

    assert isinstance(kept, Quarantined)
    assert reason in kept.reason
    assert kept.reason.endswith("it is never converted; correct the mark at the source")
    assert kept.pupil_id == "P1"


@pytest.mark.parametrize("code", ["H", "J", "Y"])
def test_an_old_register_is_read_with_its_own_codes(code):
    assert code_of(normaliser(SAME)(source_mark(code, "Fri 2024-07-19 AM"))) == code


@pytest.mark.parametrize("code", ["K", "C1", "C2", "J1", "Q", "Y1", "Y7"])
def test_a_code_is_not_used_before_it_came_into_force(code):
    kept = normaliser(SAME)(source_mark(code, "Fri 2024-07-19 AM"))

    assert isinstance(kept, Quarantined)
    assert kept.reason == f"code {code!r} means {code}, which came into force on 2024-08-19: correct the mark"


def test_a_source_that_maps_a_symbol_to_a_withdrawn_code_is_told_both():
    kept = normaliser({"INT": "J"})(source_mark("INT"))

    assert isinstance(kept, Quarantined)
    assert kept.reason.startswith("code 'INT' means J, which was in force until 2024-08-18 (now J1)")


def test_a_withdrawn_code_without_a_successor_is_told_without_one():
    row = {"code": "Ω", "byte": "w", "name": "old", "category": "present", "valid_from": "", "valid_to": "2020-01-01"}
    table = type(NATIONAL).from_rows([row | {"replaced_by": ""}])
    read = Normaliser(national=table, codes=SourceCodes(table={"Ω": "Ω"}), resolve=KNOWN.resolve)

    assert read(source_mark("Ω")).reason.startswith("code 'Ω' means Ω, which was in force until 2020-01-01: it")


def test_a_row_about_nobody_known_waits_without_a_pupil():
    kept = normaliser(SAME)(source_mark("/", platform_id="404"))

    assert isinstance(kept, Quarantined)
    assert kept.pupil_id is None
    assert kept.reason.startswith("platform id '404' stands for no pupil")


def test_a_row_with_a_upn_is_about_the_pupil_who_holds_it():
    mark = normaliser(SAME)(source_mark("/", upn="R331400026001"))

    assert mark.pupil_id == "P2"
