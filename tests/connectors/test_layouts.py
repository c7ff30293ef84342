"""What an attendance file may look like, and what is made of it: one mark, no mark, a row for a person, or no file."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.base import Malformed, Window
from connectors.exports import read_export
from connectors.profiles import Columns, Profile, Sessions, read_profile
from connectors.tables import look
from mapping.identity import likeness
from mapping.normalise import NOT_A_MARK, Normaliser, SourceCodes
from tests.builders import CANARY, NATIONAL, session, upn
from tests.connectors.drop_rigs import HEADER, UPN, line, workbook
from tests.connectors.rigs import PROFILES, SHIPPED

SURNAME, FORENAME = CANARY
WEEK = Window(first=date(2026, 3, 9), last=date(2026, 3, 13))
MORNING, AFTERNOON = session("Thu 2026-03-12 AM"), session("Thu 2026-03-12 PM")


def profile(base="clm-long", *, columns=None, sessions=None, **changes):
    """Return a shipped profile with some keys changed; columns and sessions are laid over its own."""
    raw = PROFILES[base] | changes
    laid = {"columns": columns, "sessions": sessions}
    raw |= {table: {k: v for k, v in (raw[table] | more).items() if v} for table, more in laid.items() if more}
    return read_profile("test", {"test": raw})


def read(content, given=None, *, window=WEEK):
    file = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return read_export(file, look(file), given or profile(), name="week12.csv", window=window, seen=lambda _: None)


def marks(export):
    return [(mark.platform_id, str(mark.session), mark.code) for mark in export.marks]


def reasons(rows):
    return [f"{row.where}: {row.reason}" for row in rows]


# The file ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_same_table_in_any_encoding_is_the_same_marks(encoding, newline):
    header = HEADER.replace("Learner Ref", "Learner\N{RIGHT SINGLE QUOTATION MARK}s Ref")
    content = (header + line() + line(ref="L002")).replace("\n", newline).encode(encoding)

    export = read(content, profile(columns={"platform_id": "Learner's Ref"}))

    assert marks(export) == [("L001", "Thu 12 Mar 2026 AM", "/"), ("L002", "Thu 12 Mar 2026 AM", "/")]


def test_a_byte_order_mark_before_a_quoted_header_belongs_to_neither():
    content = "\ufeff" + HEADER.replace("Learner Ref", '"Learner Ref"') + line()

    assert len(read(content).marks) == 1


def test_a_line_break_inside_quotation_marks_ends_no_row():
    noted = HEADER.replace("Forename", "Reason") + line().replace(FORENAME, '"unwell\nrang at 8, ""back Monday"""')

    export = read(noted + line(ref="L002"))

    assert [mark.where for mark in export.marks] == ["week12.csv row 2", "week12.csv row 3"]


@pytest.mark.parametrize(
    ("delimiter", "advice"),
    [
        (";", 'its cells are divided by semicolons: set the profile\'s delimiter to ";"'),
        ("\t", 'its cells are divided by tabs: set the profile\'s delimiter to "\\t"'),
        ("|", 'its cells are divided by upright bars: set the profile\'s delimiter to "|"'),
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_wrong_delimiter_is_told_with_the_one_that_fits(delimiter, advice, quoted):
    content = (HEADER + line()).replace("Learner Ref", '"Learner Ref"' if quoted else "Learner Ref")

    with pytest.raises(Malformed) as refused:
        read(content.replace(",", delimiter))

    assert str(refused.value) == advice


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ("\n\n", "it lacks Learner Ref, UPN, Date, Session, Mark, Minutes Late"),
        (HEADER, "no row follows the header"),
        (HEADER + "Total,,,,,,0,\n", "no row follows the header"),
        (HEADER.replace("Session", "Period") + line(), "it lacks Session:"),
        (HEADER.replace("Forename", "Mark") + line(), "it lacks Mark (twice there):"),
        (HEADER.replace("Forename", "date ") + line(), "it lacks Date (twice there):"),
        (HEADER + line(day="31/02/2026"), "not one mark of 1 rows could be used; week12.csv row 2: its date is in none"),
        (HEADER + line(day="12/03/2036"), "not one mark of 1 rows could be used; week12.csv: marks outside"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_believed_is_refused_whole(content, reason):
    with pytest.raises(Malformed) as refused:
        read(content)

    assert reason in str(refused.value)


def test_headers_twice_that_nobody_asks_for_do_no_harm():
    assert len(read(HEADER.replace("Forename", "Surname") + line()).marks) == 1


def test_a_day_twice_in_a_wide_header_is_refused():
    header = "Learner Ref,UPN,Mon AM,Monday AM,Mon PM,Week Commencing\n"

    with pytest.raises(Malformed, match=r"it lacks Monday AM \(twice there\)"):
        read(header + f"L001,{UPN},/,N,/,09/03/2026\n", profile("clm-wide"))


# Rows ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("L002\n", "it breaks off before its last column"),
        (line(ref="L002").replace("\n", ",more\n"), "it has more cells than the header"),
        (line(ref="L002", day="30/02/2026"), "its date is in none of the profile's date_formats"),
        (line(ref="L002", day="12-03-2026"), "its date is in none"),
        (line(ref="", number=""), "it has neither a learner reference nor a UPN"),
        (line(ref="L002", late="a bit"), "its minutes late are no number"),
        (line(ref="L002", mark="P" * 25), "its mark is too long for a code"),
    ],
)
def test_a_row_that_cannot_be_read_is_held_back_alone(row, reason):
    export = read(HEADER + line() + row + line(ref="L003"))

    assert [mark.platform_id for mark in export.marks] == ["L001", "L003"]
    assert reasons(export.unreadable)[0].startswith(f"week12.csv row 3: {reason}")
    assert len(export.unreadable) == 1


@pytest.mark.parametrize("ending", [",,,,,,,,,", "", ",,"])
def test_blank_cells_too_many_and_a_last_blank_one_too_few_do_no_harm(ending):
    row = line().removesuffix(",\n")

    assert len(read(HEADER + row + ending + "\n").marks) == 1


@pytest.mark.parametrize(
    "extra", ["\n", ",,,,,,,\n", "Totals,,,,,,7,\n", ",,Grand total: 7,,,,,\n", " count ,3\n", HEADER]
)
def test_blank_lines_sums_and_a_header_printed_again_are_no_rows(extra):
    export = read(HEADER + line() + extra + line(ref="L002") + extra)

    assert [mark.platform_id for mark in export.marks] == ["L001", "L002"]
    assert export.unreadable == []


def test_a_learner_whose_name_begins_like_a_sum_is_a_learner():
    assert len(read(HEADER + line(ref="Totality")).marks) == 1


def test_a_learner_without_a_upn_stands_beside_one_with():
    export = read(HEADER + line() + line(ref="L002", number=""))

    assert [(mark.platform_id, mark.upn) for mark in export.marks] == [("L001", UPN), ("L002", None)]


def test_a_broken_row_among_thousands_costs_no_other():
    rows = [line(ref=f"L{number}") for number in range(2_000)]
    rows[1_234] = "L1234,broken\n"

    export = read(HEADER + "".join(rows))

    assert len(export.marks) == 1_999
    assert [row.where for row in export.unreadable] == ["week12.csv row 1236"]
    assert [mark.where for mark in export.marks[1_233:1_235]] == ["week12.csv row 1235", "week12.csv row 1237"]


# Sessions ------------------------------------------------------------------------------------------------------------

TIMES = "Learner Ref,UPN,Date,Start,End,Mark\n"
BY_TIMES = {"session": None, "minutes_late": None, "start": "Start", "end": "End"}


@pytest.mark.parametrize(
    ("start", "end", "sessions"),
    [
        ("09:00", "12:30", [MORNING]),
        ("09:00", "13:00", [MORNING]),
        ("09:00", "13:01", [MORNING, AFTERNOON]),
        ("09:00", "15:00", [MORNING, AFTERNOON]),
        ("9.00am", "3.00pm", [MORNING, AFTERNOON]),
        ("12:00", "15:00", [AFTERNOON]),
        ("13:15", "15:00", [AFTERNOON]),
        ("09:00", "", [MORNING]),
        ("13:15", "", [AFTERNOON]),
    ],
)
def test_a_row_with_times_is_the_sessions_it_reaches_into(start, end, sessions):
    export = read(TIMES + f"L001,{UPN},12/03/2026,{start},{end},/\n", profile(columns=BY_TIMES))

    assert [mark.session for mark in export.marks] == sessions
    assert export.sessions == {"(a time)": 1}


@pytest.mark.parametrize(("start", "end"), [("15:00", "09:00"), ("09:00", "09:00"), ("09:00", "home")])
def test_a_row_that_ends_before_it_begins_is_held_back(start, end):
    rows = f"L001,{UPN},12/03/2026,{start},{end},/\nL002,,12/03/2026,09:00,12:00,/\n"

    export = read(TIMES + rows, profile(columns=BY_TIMES))

    assert [mark.platform_id for mark in export.marks] == ["L002"]
    assert "it does not end after it begins" in export.unreadable[0].reason


def test_where_lunch_is_early_the_profile_says_so():
    early = profile(columns=BY_TIMES, sessions={"noon": "11:30", "afternoon": "12:00"})

    export = read(TIMES + f"L001,{UPN},12/03/2026,11:40,14:00,/\n", early)

    assert [mark.session for mark in export.marks] == [AFTERNOON]


def test_minutes_late_on_a_full_day_are_those_of_the_morning():
    export = read(HEADER + line(half="Full day", mark="L", late="40"))

    assert [(mark.session, mark.minutes_late) for mark in export.marks] == [(MORNING, 40), (AFTERNOON, None)]


def test_lessons_that_the_profile_ignores_are_left_out_and_counted():
    rows = line() + line(half="Period 1") * 3 + line(half="period 2") + line(half="Tut")

    export = read(HEADER + rows, profile(sessions={"ignore": ["Period *", "Tut"]}))

    assert marks(export) == [("L001", "Thu 12 Mar 2026 AM", "/")]
    assert export.unreadable == []
    assert reasons(export.remarks) == [
        "week12.csv: rows of lessons: 5, left out as the profile says (Period 1 3, period 2 1, Tut 1)"
    ]
    assert export.sessions == {"AM": 1, "Period 1": 3, "period 2": 1, "Tut": 1}


def test_a_file_of_lessons_alone_is_refused():
    with pytest.raises(Malformed, match="every mark is of a lesson that the profile ignores"):
        read(HEADER + line(half="Period 1"), profile(sessions={"ignore": ["Period *"]}))


def test_an_unknown_session_word_is_told_once_with_how_many_rows_have_it():
    rows = [line(ref=f"L{number}", half="Period 3") for number in range(5)]

    export = read(HEADER + line() + "".join(rows))

    assert reasons(export.unreadable) == [
        (
            "week12.csv row 3: its session is no word of the profile's [sessions] and no time: add the word there; "
            "5 rows have it: Period 3"
        )
    ]
    assert export.sessions == {"AM": 1, "Period 3": 5}


def test_a_name_that_slipped_into_the_session_column_is_never_shown():
    export = read(HEADER + line() + line(half=SURNAME) * 9 + line(ref="L002", half=SURNAME))

    assert export.sessions == {"AM": 1, "(another word)": 10}
    assert SURNAME not in repr(export)


# Days ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["12/03/2026", "12/03/26", "2026-03-12", "46093", "46093.0", "12/03/2026 09:15"])
def test_one_day_however_it_is_written(day):
    assert [mark.session for mark in read(HEADER + line(day=day)).marks] == [MORNING]


def test_marks_outside_the_window_are_left_out_and_told_with_their_number():
    export = read(HEADER + line() + line(day="16/03/2026", half="Full day") + line(day="06/03/2026"))

    assert [mark.session for mark in export.marks] == [MORNING]
    assert reasons(export.unreadable) == [
        "week12.csv: marks outside 2026-03-09 to 2026-03-13: 3, left out; check the dates in the file"
    ]


# Workbooks -----------------------------------------------------------------------------------------------------------

CELLS = ("Learner Ref", "UPN", "Date", "Session", "Mark", "Minutes Late")


@pytest.mark.parametrize(
    ("epoch", "serial"), [(None, 46093), (CALENDAR_MAC_1904, 44631)], ids=["from 1900", "from 1904"]
)
@pytest.mark.parametrize("is_formatted", [True, False])
def test_a_workbook_counts_its_days_from_the_year_it_says(epoch, serial, is_formatted):
    day = datetime(2026, 3, 12, tzinfo=UTC).replace(tzinfo=None) if is_formatted else serial
    content = workbook(("Week 12",), CELLS, ("00123", UPN, day, "AM", "/", None), epoch=epoch)

    export = read(content, profile(format="xlsx"))

    assert [mark.session for mark in export.marks] == [MORNING]


def test_a_reference_that_a_workbook_made_a_number_has_its_zeros_put_back():
    content = workbook(CELLS, (123, None, "12/03/2026", "AM", "/", 5.0))

    [mark] = read(content, profile(format="xlsx", platform_id_digits=5)).marks

    assert (mark.platform_id, mark.upn, mark.minutes_late) == ("00123", None, 5)


def test_a_workbook_without_a_sheet_to_read_is_refused():
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(CELLS))) as old, zipfile.ZipFile(broken, "w") as new:
        for part in old.infolist():
            new.writestr(part, b"<x/>" if "sheet1" in part.filename else old.read(part))

    with pytest.raises(Malformed):
        read(broken.getvalue(), profile(format="xlsx"))


# Whose rows ----------------------------------------------------------------------------------------------------------

SHARED = "Learner Ref,UPN,Provider,Date,Session,Mark\n"


def shared(*only):
    return profile(columns={"provider": "Provider", "minutes_late": None}, only=list(only))


def test_one_learner_at_two_providers_on_one_day_is_read_for_this_school_alone():
    rows = f"L001,{UPN},Swift Learning,12/03/2026,AM,/\nL001,{UPN},Oak Farm,12/03/2026,AM,O\n"

    ours, theirs = read(SHARED + rows, shared("swift  learning")), read(SHARED + rows, shared("Oak Farm"))

    assert marks(ours) == [("L001", "Thu 12 Mar 2026 AM", "/")]
    assert marks(theirs) == [("L001", "Thu 12 Mar 2026 AM", "O")]
    assert reasons(ours.remarks) == ["week12.csv: rows of other providers: 1, left out as the profile says"]
    assert ours.unreadable == []


def test_two_marks_of_one_session_at_two_sites_of_one_school_are_not_merged():
    rows = f"L001,{UPN},North,12/03/2026,AM,/\nL001,{UPN},South,12/03/2026,AM,O\n"

    assert [mark.code for mark in read(SHARED + rows, shared("North", "South")).marks] == ["/", "O"]


def test_a_row_that_names_no_provider_is_held_back():
    export = read(SHARED + f"L001,{UPN},North,12/03/2026,AM,/\nL002,, ,12/03/2026,AM,/\n", shared("North"))

    assert [mark.platform_id for mark in export.marks] == ["L001"]
    assert reasons(export.unreadable)[0].startswith("week12.csv row 3: it names no provider")


def test_a_file_without_one_row_of_this_school_is_refused():
    with pytest.raises(Malformed, match="not one of 1 rows is of a provider in the profile's only"):
        read(SHARED + f"L001,{UPN},Oak Farm,12/03/2026,AM,/\n", shared("Swift Learning"))


# Registers taken or not ----------------------------------------------------------------------------------------------

TAKEN = "Learner Ref,UPN,Date,Session,Mark,Recorded By,Recorded At\n"
BY_WHOM = {"minutes_late": None, "taken_by": "Recorded By", "taken_at": "Recorded At"}


def test_a_mark_in_a_register_that_nobody_has_taken_is_none():
    rows = (
        f"L001,{UPN},12/03/2026,AM,/,S04,12/03/2026 09:20\n"
        "L002,,12/03/2026,AM,/,,12/03/2026 09:20\n"
        "L003,,12/03/2026,PM,/,S04,\n"
    )

    export = read(TAKEN + rows, profile(columns=BY_WHOM))

    assert [mark.platform_id for mark in export.marks] == ["L001"]
    assert reasons(export.remarks) == [
        "week12.csv: rows of registers that nobody has taken: 2, left out as the profile says"
    ]


def test_a_file_of_registers_that_nobody_has_taken_is_fine_and_brings_no_mark():
    export = read(TAKEN + f"L001,{UPN},12/03/2026,AM,/,,\n", profile(columns=BY_WHOM, content="snapshot"))

    assert (export.marks, export.unreadable, export.whole_days) == ([], [], frozenset())


# Snapshots -----------------------------------------------------------------------------------------------------------


def test_a_snapshot_answers_for_the_days_it_has_marks_of_and_a_delta_for_none():
    rows = HEADER + line() + line(day="10/03/2026", half="Full day") + line(day="11/03/2026", mark="")

    assert read(rows, profile(content="snapshot")).whole_days == {date(2026, 3, 10), date(2026, 3, 12)}
    assert read(rows, profile(content="delta")).whole_days == frozenset()
    assert read(rows).whole_days == frozenset()


@pytest.mark.parametrize("row", ["L9,broken\n", line(half="Period 1"), line(day="12/03/2062")])
def test_a_snapshot_with_a_row_that_cannot_be_read_answers_for_no_day(row):
    assert read(HEADER + line() + row, profile(content="snapshot")).whole_days == frozenset()


def test_a_week_a_row_answers_for_its_days_that_have_marks():
    header = "Learner Ref,UPN,Mon AM,Mon PM,Tue AM,Wed AM,Sat AM,Week Commencing\n"
    rows = f"L001,{UPN},/,,N,,/,09/03/2026\nL002,,,,,/,,09/03/2026\n"

    wide = profile("clm-wide", content="snapshot")
    export = read(header + rows, wide, window=Window(first=WEEK.first, last=date(2026, 3, 14)))

    assert export.whole_days == {date(2026, 3, day) for day in (9, 10, 11, 14)}
    assert export.sessions == {"Mon AM": 1, "Tue AM": 1, "Wed AM": 1, "Sat AM": 1}


def test_days_of_a_week_that_are_outside_the_window_are_told():
    header = "Learner Ref,UPN,Fri AM,Sat AM,Week Commencing\n"

    export = read(header + f"L001,{UPN},/,/,09/03/2026\n", profile("clm-wide", content="snapshot"))

    assert marks(export) == [("L001", "Fri 13 Mar 2026 AM", "/")]
    assert export.whole_days == frozenset()
    assert reasons(export.unreadable)[0].startswith("week12.csv: marks outside 2026-03-09 to 2026-03-13: 1,")


# What the file is made of, and who is in it --------------------------------------------------------------------------


def test_header_cells_and_session_words_are_kept_for_whoever_watches_them_change():
    export = read("Week 12\n" + HEADER + line() + line(half="morning") + line(half="PM") * 2 + line(half="09:15"))

    assert export.columns == tuple(HEADER.strip().split(","))
    assert export.sessions == {"AM": 1, "morning": 1, "PM": 2, "(a time)": 1}


def test_surname_and_date_of_birth_make_a_likeness_and_are_kept_nowhere():
    header = "Learner Ref,UPN,Surname,DOB,Date,Session,Mark\n"
    rows = (
        f"L001,,{SURNAME},07/05/2011,12/03/2026,AM,/\n"
        f"L001,,{SURNAME.upper()},2011-05-07,12/03/2026,PM,/\n"
        f"L002,{UPN},{SURNAME},,12/03/2026,AM,/\n"
        f"L003,,{SURNAME},some time,12/03/2026,AM,/\n"
    )
    named = profile(columns={"surname": "Surname", "date_of_birth": "DOB", "minutes_late": None})

    export = read(header + rows, named)

    assert [(pupil.platform_id, pupil.upn, pupil.likeness) for pupil in export.pupils] == [
        ("L001", None, likeness(SURNAME, date(2011, 5, 7)))
    ]
    assert len(export.marks) == 4
    assert SURNAME.casefold() not in repr(export).casefold()


def test_without_both_columns_no_likeness_is_made():
    assert read(HEADER + line()).pupils == ()


def test_a_temporary_upn_is_told_from_a_permanent_one():
    header = "Learner Ref,UPN,Surname,DOB,Date,Session,Mark\n"
    named = profile(columns={"surname": "Surname", "date_of_birth": "DOB", "minutes_late": None})
    temporary = upn(7, temporary=True)

    export = read(header + f"L001,{temporary},{SURNAME},07/05/2011,12/03/2026,AM,/\n", named)

    assert [(pupil.upn, pupil.is_temporary) for pupil in export.pupils] == [(temporary, True)]


# What a provider means -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "symbol", "national"),
    [
        ({"Y": "/", "N": "N"}, "Y", "/"),
        ({"Y": "/", "N": "N"}, "N", "N"),
        ({"O": "/", "A": "N", "L": "late"}, "O", "/"),
        ({"O": "/", "A": "N", "L": "late"}, "A", "N"),
        ({"Attended": "/", "DNA": "N", "-": NOT_A_MARK}, "DNA", "N"),
    ],
)
def test_a_providers_own_words_mean_what_its_own_table_says(table, symbol, national):
    [source] = read(HEADER + line(mark=symbol)).marks

    mark = Normaliser(national=NATIONAL, codes=SourceCodes(table=table), resolve=lambda *_: "pupil")(source)

    assert mark.byte == NATIONAL[national].byte


def test_a_word_that_the_providers_table_does_not_know_holds_back_that_mark_alone():
    known, unknown = read(HEADER + line(mark="Y") + line(mark="Maybe")).marks
    normalise = Normaliser(national=NATIONAL, codes=SourceCodes(table={"Y": "/"}), resolve=lambda *_: "pupil")

    assert normalise(known).byte == NATIONAL["/"].byte
    assert normalise(unknown).reason == "code 'Maybe' is not in this school's code table: add it"


# Profiles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"content": "whole"}, "profiles/test.toml: content: Invalid enum value 'whole'"),
        ({"only": ["Oak Farm"]}, "profiles/test.toml: only: name the providers"),
        ({"columns": {"provider": "Provider"}}, "profiles/test.toml: only: name the providers"),
        ({"columns": {"start": "Start"}}, "profiles/test.toml: columns.session: a long layout needs this column, or start"),
        ({"columns": {"end": "End"}}, "profiles/test.toml: columns.end: it says something only beside"),
        ({"columns": {"surname": "Surname"}}, "profiles/test.toml: columns.surname: it serves only together with"),
        ({"sessions": {"afternoon": "25:00"}}, "profiles/test.toml: sessions.afternoon: Expected `str` matching regex"),
    ],
)  # fmt: skip
def test_a_profile_that_contradicts_itself_is_an_error_that_names_the_key(changes, problem):
    with pytest.raises(ValueError) as refused:
        profile(**changes)

    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize("kind", [Profile, Columns, Sessions])
def test_every_key_of_a_profile_is_in_the_guide(kind):
    _, _, section = (SHIPPED.parent / "docs/guides/configuration.md").read_text("utf-8").partition("## profiles/NAME")

    assert [key for key in kind.__struct_fields__ if f"`{key}`" not in section and f"`[{key}]`" not in section] == []
