"""Files as providers send them: what is read, what is put aside and why, and when a file is a file at all."""

import hashlib
import io
import os
import zipfile
from datetime import UTC, date, datetime, time

import pytest

from app.demo.platforms.clm import ClmSimulator
from connectors.base import Malformed, Surroundings, Unavailable, Window
from connectors.clm import Settings, connect
from connectors.profiles import read_profile
from tests.builders import CANARY, session
from tests.connectors.drop_rigs import HEADER, UPN, line, workbook
from tests.connectors.rigs import PROFILES, WEEK, a_week
from tests.connectors.worlds import brought, expected

#: As a workbook holds them: local, without a zone.
MIDNIGHT, QUARTER_PAST_NINE = (datetime.combine(date(2026, 3, 12), time(*at)) for at in [(0, 0), (9, 15)])
NOW = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
THURSDAY = session("Thu 2026-03-12 AM")


class Folder:
    """A provider's drop folder with one profile, and what a pull of it brings."""

    def __init__(
        self, path, profile="clm-long", *, profiles=PROFILES, settle=lambda: None, files_seen=None, **settings
    ):
        self.path = path / "drop"
        self.path.mkdir(exist_ok=True)
        seen = set() if files_seen is None else files_seen
        around = Surroundings(now=lambda: NOW, sleep=lambda _: settle(), profiles=profiles, files_seen=seen)
        self.connector = connect(Settings(folder=str(self.path), profile=profile, **settings), around)

    def put(self, name, content, *, minute=0):
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (NOW.timestamp() + 60 * minute,) * 2)
        return path

    def pull(self):
        return self.connector.pull(WEEK, seen=lambda _: None)

    def names(self, below="."):
        return sorted(path.name for path in (self.path / below).iterdir() if path.is_file())


def changed(base="clm-long", **changes):
    """Return the shipped profiles and, as ``test``, one of them changed; ``None`` takes a key away."""
    test = {key: value for key, value in (PROFILES[base] | changes).items() if value is not None}
    return PROFILES | {"test": test}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def read(tmp_path, content, *, base="clm-long", name="week12.csv", **changes):
    folder = Folder(tmp_path, "test", profiles=changed(base, **changes))
    folder.put(name, content)
    return folder.pull()


# One row a mark ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        HEADER + line(),
        (HEADER + line()).encode("utf-8-sig"),
        HEADER + line() + "\n,,,,,,,\n",
        "Attendance week 12\n\n" + HEADER + line(),
        "Report,,,,,,,\nPrinted 12/03/2026\n\n" + HEADER + line(),
        HEADER + line() + "Total,,,,,,1,\n",
        HEADER + line() + ",,,,,Grand Total: 1,,\n",
        HEADER.upper() + line(),
        HEADER.replace("Learner Ref", " learner\u00a0 ref ") + line(),
        (HEADER + line()).replace("\n", "\r\n"),
        (HEADER + line()).replace(",", '","').replace("\n", '"\n').replace("Learner", '"Learner', 1).replace("L001", '"L001'),
        "Provider,Course," + HEADER + "Learning Ltd,Bricklaying," + line(),
        HEADER + line(day="2026-03-12"),
        HEADER + line(day="12/03/26"),
        HEADER + line(day="46093"),
        HEADER + line(day="46093.0"),
        HEADER + line(day="12/03/2026 00:00:00"),
        HEADER + line(day="2026-03-12T00:00:00Z"),
        HEADER + line(half="am"),
        HEADER + line(half="Morning"),
        HEADER + line(half="09:15"),
        HEADER + line(half="9.15"),
        HEADER + line(half="09:15:00"),
        HEADER + line(half="11:59"),
        HEADER + line(half="09:00 - 12:30"),
        HEADER + line(half="9:15 AM"),
        HEADER + line(half="12:05 am"),
        HEADER + line(mark=" / "),
        HEADER + line().replace(",\n", "\n"),
    ],
)  # fmt: skip
def test_however_it_is_written_it_is_the_same_mark(tmp_path, content):
    pulled = read(tmp_path, content)

    assert [(m.platform_id, m.upn, m.session, m.code, m.minutes_late) for m in pulled.marks] == [
        ("L001", UPN, THURSDAY, "/", None)
    ]
    assert pulled.unreadable == ()


@pytest.mark.parametrize("half", ["PM", "afternoon", "13:30", "12:00", "1:30 pm", "12:05 PM"])
def test_a_session_of_the_afternoon(tmp_path, half):
    assert [m.session for m in read(tmp_path, HEADER + line(half=half)).marks] == [session("Thu 2026-03-12 PM")]


def test_a_full_day_is_both_sessions(tmp_path):
    pulled = read(tmp_path, HEADER + line(half="Full day"))

    assert [m.session for m in pulled.marks] == [THURSDAY, session("Thu 2026-03-12 PM")]


@pytest.mark.parametrize(("late", "minutes"), [("", None), ("0", 0), ("12", 12), ("12.0", 12)])
def test_minutes_late(tmp_path, late, minutes):
    assert [m.minutes_late for m in read(tmp_path, HEADER + line(late=late)).marks] == [minutes]


@pytest.mark.parametrize("code", ["/", "\\", "L", "C1", "#", "Y", "Present", "O", '"\\"', "\u2013"])
def test_a_code_comes_through_as_it_stands(tmp_path, code):
    assert [m.code for m in read(tmp_path, HEADER + line(mark=code)).marks] == [code.strip('"')]


@pytest.mark.parametrize(
    ("ref", "number", "who"),
    [
        ("00123", UPN, ("00123", UPN)),
        ("123", UPN, ("00123", UPN)),
        ("123.0", UPN, ("00123", UPN)),
        ("'00123", UPN, ("00123", UPN)),
        ("AB12", UPN, ("AB12", UPN)),
        ("123", "", ("00123", None)),
        ("123", f" {UPN.lower()} ", ("00123", UPN)),
        ("", UPN, (f"upn-{hashlib.sha256(UPN.encode()).hexdigest()[:12]}", UPN)),
    ],
)
def test_who_a_row_is_about(tmp_path, ref, number, who):
    pulled = read(tmp_path, HEADER + line(ref=ref, number=number), platform_id_digits=5)

    assert [(m.platform_id, m.upn) for m in pulled.marks] == [who]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(ref="", number=""), "it has neither a learner reference nor a UPN"),
        (line(day="31/02/2026"), "its date is in none of the profile's date_formats"),
        (line(day="2026-02-31"), "its date is in none"),
        (line(day=CANARY[0]), "its date is in none"),
        (line(half="Period 3"), "its session is no word of the profile's [sessions]"),
        (line(half="25:00"), "its session is no word"),
        (line(half=""), "its session is no word"),
        (line(late="ten"), "its minutes late are no number"),
        (line(late="-5"), "its minutes late are no number"),
        (line(mark=f"{CANARY[0]} went home at noon, unwell".replace(",", "")), "its mark is too long for a code"),
        (line().replace("AM", "AM,AM").replace(",\n", ",,x\n"), "it has more cells than the header"),
        ("L001,X\n", "it breaks off before its last column"),
    ],
)
def test_a_row_that_cannot_be_read_is_kept_for_a_person_and_the_rest_goes_on(tmp_path, row, reason):
    pulled = read(tmp_path, HEADER + line(ref="L007") + row + line(ref="L009"))

    assert [m.platform_id for m in pulled.marks] == ["L007", "L009"]
    assert [row.where for row in pulled.unreadable] == ["week12.csv row 3"]
    assert pulled.unreadable[0].reason.startswith(reason)
    assert not [name for name in CANARY if name in pulled.unreadable[0].reason]


def test_an_empty_mark_is_a_register_not_taken(tmp_path):
    pulled = read(tmp_path, HEADER + line(mark=""))

    assert (pulled.marks, pulled.unreadable) == ((), ())


def test_two_marks_for_one_session_in_one_file_both_go_through(tmp_path):
    pulled = read(tmp_path, HEADER + line(mark="/") + line(mark="O"))

    assert [m.code for m in pulled.marks] == ["/", "O"]


@pytest.mark.parametrize(
    ("day", "kept"),
    [("13/03/2026", 2), ("14/03/2026", 1), ("12/03/2025", 2), ("08/03/2025", 2), ("07/03/2025", 1), ("12/03/2062", 1)],
)
def test_a_date_after_the_window_or_more_than_a_year_before_it_is_reported(tmp_path, day, kept):
    pulled = read(tmp_path, HEADER + line() + line(day=day))

    assert len(pulled.marks) == kept
    assert [row.where for row in pulled.unreadable] == ["week12.csv"] * (2 - kept)
    assert all(row.reason.startswith("marks outside 2025-03-08 to 2026-03-13: 1,") for row in pulled.unreadable)


# Encodings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "profile", "delimiter"),
    [
        ("utf-8", "auto", ","),
        ("utf-8-sig", "auto", ","),
        ("windows-1252", "auto", ","),
        ("windows-1252", "windows-1252", ","),
        ("utf-8", "utf-8-sig", ","),
        ("utf-16", "auto", "\t"),
        ("utf-8", "auto", ";"),
    ],
)
def test_encodings_and_delimiters(tmp_path, encoding, profile, delimiter):
    header = HEADER.replace("Learner Ref", "Learner\N{RIGHT SINGLE QUOTATION MARK}s Ref")
    text = (header + line(mark="\u2013")).replace(",", delimiter)
    columns = PROFILES["clm-long"]["columns"] | {"platform_id": "Learner's Ref"}

    pulled = read(tmp_path, text.encode(encoding), encoding=profile, delimiter=delimiter, columns=columns)

    assert [(m.platform_id, m.code) for m in pulled.marks] == [("L001", "\u2013")]


def test_a_last_character_cut_in_half_spoils_no_row_before_it(tmp_path):
    assert len(read(tmp_path, (HEADER + line() + "Total \u2013").encode()[:-1]).marks) == 1


# One row a week ------------------------------------------------------------------------------------------------------

WIDE = "UPN,Name,Provider,Mon AM,Mon PM,Tuesday AM,Tue - PM,Wed AM,Wed PM,Thu AM,Thu PM,Fri AM,Fri PM,Week Commencing\n"


def test_a_wide_row_is_a_week_of_sessions(tmp_path):
    columns = {"upn": "UPN", "week_commencing": "Week Commencing"}
    content = WIDE + f"{UPN},{CANARY[0]},Learning Ltd,/,\\,L,\\,I,I,,,N,,09/03/2026\nTotals,,,1,1,,,,,,,,,\n"

    pulled = read(tmp_path, content, base="clm-wide", columns=columns)

    assert [(str(m.session), m.code) for m in pulled.marks] == [
        ("Mon 9 Mar 2026 AM", "/"),
        ("Mon 9 Mar 2026 PM", "\\"),
        ("Tue 10 Mar 2026 AM", "L"),
        ("Tue 10 Mar 2026 PM", "\\"),
        ("Wed 11 Mar 2026 AM", "I"),
        ("Wed 11 Mar 2026 PM", "I"),
        ("Fri 13 Mar 2026 AM", "N"),
    ]
    assert {(m.upn, m.where) for m in pulled.marks} == {(UPN, "week12.csv row 2")}


def test_a_wide_row_whose_week_begins_on_another_day_is_reported(tmp_path):
    week = "/,/,/,/,/,/,/,/,/,/"
    content = WIDE + f"{UPN},x,y,{week},10/03/2026\n{UPN},x,y,{week},09/03/2026\n"

    pulled = read(tmp_path, content, base="clm-wide")

    assert len(pulled.marks) == 10
    assert pulled.unreadable[0].reason.startswith("its week does not begin on a Monday")


def test_a_wide_file_without_a_session_column_is_put_aside(tmp_path):
    with pytest.raises(Malformed, match="it lacks Mon AM to Fri PM:"):
        read(tmp_path, f"UPN,Name,Week Commencing\n{UPN},x,09/03/2026\n", base="clm-wide")


def test_the_simulated_provider_sends_both_layouts(tmp_path):
    world = a_week()
    folder = Folder(tmp_path, "clm-wide")
    ClmSimulator(world=world, school="S", folder=folder.path).write_week(WEEK.first)

    assert brought(folder.pull()) == expected(world)


# Workbooks -----------------------------------------------------------------------------------------------------------

CELLS = ("Learner Ref", "UPN", "Date", "Session", "Mark", "Minutes Late")


@pytest.mark.parametrize(
    "row",
    [
        ("00123", UPN, "12/03/2026", "AM", "/", None),
        (123, UPN, MIDNIGHT, "AM", "/", None),
        (123.0, UPN, date(2026, 3, 12), "AM", "/", ""),
        ("123", UPN, 46093, "AM", "/", None),
        ("123", UPN, 46093.0, time(9, 15), "/", None),
        ("123", UPN, QUARTER_PAST_NINE, "AM", "/"),
    ],
)
def test_a_workbook_says_the_same_as_a_csv(tmp_path, row):
    content = workbook(("Week 12",), (), CELLS, row, (None, None, None, None, None, None), ("Total", 1))

    pulled = read(tmp_path, content, name="week12.xlsx", format="xlsx", files="*.xlsx", platform_id_digits=5)

    assert [(m.platform_id, m.upn, m.session, m.code) for m in pulled.marks] == [("00123", UPN, THURSDAY, "/")]
    assert [m.where for m in pulled.marks] == ["week12.xlsx row 4"]
    assert pulled.unreadable == ()


def test_a_named_sheet_is_read_and_a_missing_one_refused(tmp_path):
    content = workbook(CELLS, ("1", UPN, "12/03/2026", "AM", "/", 4), title="Marks")
    kind = {"name": "a.xlsx", "format": "xlsx", "files": "*.xlsx"}

    assert [m.minutes_late for m in read(tmp_path, content, sheet="Marks", **kind).marks] == [4]
    with pytest.raises(Malformed, match="no sheet 'Other'"):
        read(tmp_path, content, sheet="Other", **kind)


def test_an_empty_cell_of_a_workbook_is_an_empty_cell(tmp_path):
    content = workbook(CELLS, ("123", None, "12/03/2026", "AM", "/", 2.5), ("124", None, "12/03/2026", "AM", "/", 5))

    pulled = read(tmp_path, content, name="a.xlsx", format="xlsx", files="*.xlsx")

    assert [(m.platform_id, m.upn) for m in pulled.marks] == [("124", None)]
    assert pulled.unreadable[0].reason.startswith("its minutes late are no number")


def test_a_workbook_that_unpacks_without_end_is_put_aside(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("xl/workbook.xml", "")
        parts.filelist[0].file_size = 1 << 31

    with pytest.raises(Malformed, match="unpacks to more than a gigabyte"):
        read(tmp_path, content.getvalue(), name="a.xlsx", format="xlsx", files="*.xlsx")


# Whole files that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "no row follows the header"),
        ((HEADER + "Total,,,,,,0,\n").encode(), "no row follows the header"),
        (line().encode(), "names every column of the profile; it lacks Learner Ref"),
        (HEADER.replace("Mark", "Status").encode(), "it lacks Mark:"),
        (HEADER.replace("Forename", "Mark").encode(), "it lacks Mark (twice there):"),
        (HEADER.replace("Learner Ref", "a").replace("UPN", "b").encode(), "it lacks Learner Ref, UPN:"),
        (HEADER.replace(",Minutes Late", "").encode(), "it lacks Minutes Late:"),
        (("\n" * 20 + HEADER + line()).encode(), "among the first 20"),
        ((HEADER + line() + 'L2,"x').encode(), "the quotation marks after row 2 do not match"),
        ((HEADER + line(half="Period 1") * 2).encode(), "not one mark of 2 rows could be used; week12.csv row 2: its session"),
        ((HEADER + line(day="12/03/2062")).encode(), "not one mark of 1 rows could be used; week12.csv: marks outside"),
        ((HEADER + line()).encode() + bytes(512), "the file holds zero bytes"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls workbook"),
        (workbook(CELLS), 'this is a workbook, but the profile says format = "csv"'),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_believed_is_put_aside_with_its_reason(folder, content, reason):
    folder.put("week12.csv", content)

    with pytest.raises(Malformed) as failure:
        folder.pull()

    assert reason in str(failure.value)
    assert folder.names() == []
    assert folder.names("rejected") == ["week12.csv", "week12.csv.reason.txt"]
    assert reason in (folder.path / "rejected" / "week12.csv.reason.txt").read_text()
    assert not [name for name in CANARY if name in str(failure.value)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEADER + line(), 'this is no workbook, but the profile says format = "xlsx"'),
        (b"PK\x03\x04 and no more", "the workbook cannot be read after row 0"),
    ],
    ids=["a table of text", "half a workbook"],
)
def test_a_workbook_that_is_none_is_put_aside(tmp_path, content, reason):
    with pytest.raises(Malformed, match=reason):
        read(tmp_path, content, name="a.xlsx", format="xlsx", files="*.xlsx")


def test_a_file_in_another_encoding_than_the_profile_says_is_put_aside(tmp_path):
    with pytest.raises(Malformed, match="is not utf-8-sig: set the profile's encoding"):
        read(tmp_path, (HEADER + line(mark="\u2013")).encode("windows-1252"), encoding="utf-8-sig")


def test_a_bad_file_stops_no_other(folder):
    folder.put("a.csv", HEADER)
    folder.put("b.csv", HEADER + line())
    folder.put("c.csv", "nothing of the kind")

    pulled = folder.pull()

    assert [m.where for m in pulled.marks] == ["b.csv row 2"]
    assert sorted(row.where for row in pulled.unreadable) == ["a.csv", "c.csv"]
    assert all("(the file is kept in rejected)" in row.reason for row in pulled.unreadable)
    assert not pulled.is_whole


def test_a_second_bad_file_of_the_same_name_overwrites_nothing(folder):
    for _ in range(3):
        folder.put("a.csv", HEADER)
        with pytest.raises(Malformed):
            folder.pull()

    assert [name for name in folder.names("rejected") if name.endswith(".csv")] == ["a.2.csv", "a.3.csv", "a.csv"]
    assert len(folder.names("rejected")) == 6


# Complete files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a.csv.part", "a.csv.tmp", "a.csv.filepart", ".a.csv", "~$a.csv", "a.txt", "a.csv.done", "a.CSV.partial"]
)
def test_a_file_that_is_not_meant_is_left_alone(folder, name):
    folder.put(name, HEADER + line())

    assert folder.pull().marks == ()
    assert folder.names() == [name]


def test_a_temporary_ending_is_no_file_even_where_every_file_is_meant(tmp_path):
    assert read(tmp_path, HEADER + line(), name="a.part", files="*").marks == ()


def test_a_file_still_being_written_waits_for_the_next_pull(tmp_path):
    def upload():
        with (tmp_path / "drop" / "slow.csv").open("a") as file:
            file.write(line(ref="L002"))

    folder = Folder(tmp_path, settle=upload)
    folder.put("slow.csv", HEADER + line())

    assert folder.pull().marks == ()
    assert folder.names() == ["slow.csv"]


def test_a_file_taken_away_between_two_looks_is_no_failure(tmp_path):
    folder = Folder(tmp_path, settle=(tmp_path / "drop" / "gone.csv").unlink)
    folder.put("gone.csv", HEADER + line())

    assert folder.pull().marks == ()


def test_a_file_with_its_done_beside_it_needs_no_second_look(tmp_path):
    folder = Folder(tmp_path, settle=lambda: pytest.fail("waited"))
    folder.put("a.csv", HEADER + line())
    folder.put("a.csv.done", "")

    assert len(folder.pull().marks) == 1
    folder.connector.committed()
    assert (folder.names(), folder.names("processed")) == ([], ["a.csv"])


def test_where_a_done_is_wanted_a_file_without_one_waits(tmp_path):
    folder = Folder(tmp_path, wants_done=True)
    folder.put("a.csv", HEADER + line())
    folder.put("b.csv", HEADER + line(ref="L002"))
    folder.put("b.csv.done", "")

    assert [m.platform_id for m in folder.pull().marks] == ["L002"]
    assert "a.csv" in folder.names()


# Once each -----------------------------------------------------------------------------------------------------------


def test_a_file_leaves_the_folder_only_when_its_marks_are_stored(folder):
    folder.put("a.csv", HEADER + line())

    folder.pull()
    before = folder.names()
    folder.connector.committed()

    assert before == ["a.csv"]
    assert (folder.names(), folder.names("processed")) == ([], ["a.csv"])


def test_the_same_content_again_is_reported_and_brings_no_mark(folder):
    folder.put("a.csv", HEADER + line())
    folder.pull()
    folder.connector.committed()
    folder.put("yesterday once more.csv", HEADER + line())

    pulled = folder.pull()
    folder.connector.committed()

    assert pulled.marks == ()
    assert pulled.remarks[0].reason.startswith("this exact file was processed before")
    assert folder.names("processed") == ["a.csv", "yesterday once more.csv"]


def test_the_same_content_under_two_names_at_once_counts_once(folder):
    folder.put("a.csv", HEADER + line())
    folder.put("b.csv", HEADER + line())

    assert len(folder.pull().marks) == 1


def test_another_content_under_the_same_name_is_another_file(folder):
    folder.put("a.csv", HEADER + line())
    folder.pull()
    folder.connector.committed()
    folder.put("a.csv", HEADER + line(mark="N"))

    assert [m.code for m in folder.pull().marks] == ["N"]
    folder.connector.committed()
    assert folder.names("processed") == ["a.2.csv", "a.csv"]


def test_a_file_written_to_while_it_is_read_waits_for_the_next_pull(tmp_path):
    class WritesWhenAsked(set):
        def __contains__(self, sha256):
            folder.put("a.csv", HEADER + line() + line(ref="L002"), minute=1)
            return False

    folder = Folder(tmp_path, files_seen=WritesWhenAsked())
    folder.put("a.csv", HEADER + line())

    pulled = folder.pull()
    folder.connector.committed()

    assert (pulled.marks, pulled.unreadable, folder.names()) == ((), (), ["a.csv"])


def test_a_file_that_cannot_be_moved_away_is_read_and_then_reported_as_read_before(folder):
    (folder.path / "processed").write_text("in the way")
    folder.put("a.csv", HEADER + line())

    first = folder.pull()
    folder.connector.committed()
    second = folder.pull()

    assert (len(first.marks), len(second.marks)) == (1, 0)
    assert second.remarks[0].reason.startswith("this exact file was processed before")


def test_a_bad_file_that_cannot_be_moved_away_is_reported_as_that_too(folder):
    (folder.path / "rejected").write_text("in the way")
    folder.put("a.csv", HEADER)
    folder.put("b.csv", HEADER + line())

    reasons = [row.reason for row in folder.pull().unreadable]

    assert [reason.split(":")[0] for reason in reasons] == ["no row follows the header", "the file could not be moved"]


# Several files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("attendance-2026-03-12.csv", 9), ("attendance-2026-03-13.csv", 0)),
        (("12.03.2026.csv", 9), ("13.03.2026.csv", 0)),
        (("28-02-2026.csv", 9), ("01-03-2026.csv", 0)),
        (("20260312_2.csv", 9), ("20260312_10.csv", 0)),
        (("attendance-9.csv", 9), ("attendance-10.csv", 0)),
        (("b.csv", 0), ("a.csv", 1)),
    ],
)
def test_where_two_files_hold_a_session_the_newer_one_speaks(folder, older, newer):
    folder.put(older[0], HEADER + line(mark="O") + line(ref="L002"), minute=older[1])
    folder.put(newer[0], HEADER + line(mark="I"), minute=newer[1])

    marks = {m.platform_id: m.code for m in folder.pull().marks}

    assert marks == {"L001": "I", "L002": "/"}


def test_an_untaken_register_in_a_newer_file_takes_nothing_back(folder):
    folder.put("1.csv", HEADER + line(mark="O"))
    folder.put("2.csv", HEADER + line(mark=""))

    assert [m.code for m in folder.pull().marks] == ["O"]


def test_a_pull_is_as_old_as_its_newest_file(folder):
    folder.put("1.csv", HEADER + line(), minute=5)
    folder.put("2.csv", HEADER + line(mark="N"), minute=3)

    assert folder.pull().source_as_of == datetime(2026, 3, 14, 8, 5, tzinfo=UTC)


def test_a_folder_without_a_file_brings_nothing_and_is_no_failure(folder):
    pulled = folder.pull()

    assert (pulled.marks, pulled.unreadable, pulled.is_whole, pulled.source_as_of) == ((), (), False, None)


def test_a_folder_that_is_a_file_is_unavailable(tmp_path):
    folder = Folder(tmp_path)
    folder.path.rmdir()
    folder.path.write_text("")

    with pytest.raises(Unavailable, match="not there"):
        folder.pull()


def test_a_check_reads_the_newest_file_and_leaves_it_where_it_is(folder):
    folder.put("1.csv", HEADER + line(), minute=1)
    folder.put("2.csv", HEADER + line() + line(half="Period 1"), minute=2)

    findings = folder.connector.check()

    assert [(finding.subject, finding.ok) for finding in findings] == [("folder", True), ("2.csv", False)]
    assert findings[1].message == "1 marks, 1 rows that cannot be read"
    assert folder.names() == ["1.csv", "2.csv"]


def test_a_year_of_marks_is_read_a_row_at_a_time(folder):
    lines = (line(ref=f"L{number}", day="12/03/2026") for number in range(20_000))
    folder.put("year.csv", HEADER + "".join(lines))
    counts = []

    pulled = folder.connector.pull(WEEK, seen=counts.append)

    assert len(pulled.marks) == 20_000
    assert counts == [1000] * 20 + [0]


# Profiles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"layout": "broad"}, "profiles/test.toml: layout: Invalid enum value 'broad'"),
        ({"encodign": "auto"}, "profiles/test.toml: (top level): Object contains unknown field `encodign`"),
        ({"layout": None}, "profiles/test.toml: (top level): Object missing required field `layout`"),
        (
            {"columns": {"upn": "UPN", "dat": "Date"}},
            "profiles/test.toml: columns: Object contains unknown field `dat`",
        ),
        (
            {"columns": {"upn": "UPN", "date": "Date", "session": "S"}},
            "profiles/test.toml: columns.code: a long layout",
        ),
        ({"columns": {"date": "D", "session": "S", "code": "M"}}, "profiles/test.toml: columns: name platform_id, upn"),
        ({"layout": "wide"}, "profiles/test.toml: columns.week_commencing: a wide layout needs this column"),
        ({"sessions": {"noon": "midday"}}, "profiles/test.toml: sessions.noon: Expected `str` matching regex"),
        ({"date_formats": ["DD/MM/YYYY"]}, "profiles/test.toml: date_formats: write strptime's letters"),
        ({"delimiter": "tab"}, "profiles/test.toml: delimiter: Expected `str` of length <= 1"),
        ({"header_within": 0}, "profiles/test.toml: header_within: Expected `int` >= 1"),
    ],
)
def test_a_profile_that_cannot_be_used_is_an_error_that_names_file_and_key(tmp_path, changes, problem):
    with pytest.raises(ValueError) as failure:
        Folder(tmp_path, "test", profiles=changed(**changes))

    assert str(failure.value).startswith(problem)


def test_a_profile_that_is_not_there_is_an_error_that_names_those_that_are(tmp_path):
    with pytest.raises(
        ValueError, match=r"no profiles/clm-lnog.toml; there are: class-charts-export, clm-long, clm-wide"
    ):
        Folder(tmp_path, "clm-lnog")


@pytest.mark.parametrize("name", ["class-charts-export", "clm-long", "clm-wide"])
def test_the_shipped_profiles_can_be_used(name):
    assert read_profile(name, PROFILES)


def test_a_pull_takes_any_window(folder):
    folder.put("a.csv", HEADER + line())
    day = Window(first=date(2026, 3, 12), last=date(2026, 3, 12))

    assert len(folder.connector.pull(day, seen=lambda _: None).marks) == 1
