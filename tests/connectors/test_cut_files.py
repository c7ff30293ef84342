"""A file that broke off on its way: what it still brings is what the whole file says, and what may be half is held."""

import hashlib
import io
from datetime import date

import pytest

from connectors.base import Malformed, Window
from connectors.exports import read_export
from connectors.tables import look
from tests.connectors.drop_rigs import HEADER, FolderRig, line
from tests.connectors.test_layouts import SHIPPED, marks, profile, reasons

MARCH = Window(first=date(2026, 3, 2), last=date(2026, 3, 13))
RECORDED = SHIPPED.parent / "tests" / "connectors" / "recorded"
NO_LINE_END = (
    "the file ends without a line end, so its last row may be cut: have it sent again, or set ends_open = true in the "
    "profile where the provider's files always end so"
)
LONG = """\
Learner Ref,UPN,Date,Session,Mark,Minutes Late
Zo\u00eb-1,,12/03/2026,AM,IS,
Zo\u00eb-2,,12/03/2026,PM,L,12
Zo\u00eb-3,,12/03/2026,Full day,C1,
"""
QUOTED = (
    '"Learner Ref","UPN","Date","Session","Mark","Minutes Late"\n'
    '"L001","","12/03/2026","AM","L","12"\n'
    '"L\u00e9 ""2""","","12/03/2026","PM","L","12"\n'
)
WIDE = """\
Learner Ref,UPN,Week Commencing,Mon AM,Mon PM,Tue AM,Tue PM
Zo\u00eb-1,,09/03/2026,/,IS,C1,C2
Zo\u00eb-2,,02/03/2026,L,,"C1",C
"""


def read(content, given):
    file = io.BytesIO(content)
    return read_export(file, look(file), given, name="a.csv", window=MARCH, seen=lambda _: None)


def brought(content, given):
    try:
        export = read(content, given)
    except Malformed:
        return set(), frozenset()
    told = {(mark.platform_id, mark.upn, mark.session, mark.code, mark.minutes_late) for mark in export.marks}
    return told, export.whole_days


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("text", "base"), [(LONG, "clm-long"), (QUOTED, "clm-long"), (WIDE, "clm-wide")])
def test_a_file_cut_anywhere_says_nothing_that_the_whole_file_does_not(text, base, newline, encoding):
    whole, given = text.replace("\n", newline).encode(encoding), profile(base)
    said, _ = brought(whole, given)

    invented = {cut: brought(whole[:cut], given)[0] - said for cut in range(len(whole))}

    assert len(said) >= 2
    assert {cut: marks for cut, marks in invented.items() if marks} == {}


@pytest.mark.parametrize(
    ("file", "base"),
    [
        ("class_charts/export.csv", "class-charts-export"),
        ("clm/long-2026-03-10.csv", "clm-long"),
        ("clm/wide-2026-03-09.csv", "clm-wide"),
    ],
)
def test_a_recorded_file_cut_in_its_last_rows_says_nothing_new(file, base):
    whole, given = (RECORDED / file).read_bytes(), profile(base)
    said, _ = brought(whole, given)

    invented = {cut: brought(whole[:cut], given)[0] - said for cut in range(len(whole) - 200, len(whole))}

    assert {cut: marks for cut, marks in invented.items() if marks} == {}


@pytest.mark.parametrize("last", [line(ref="L002", mark="I"), line(ref="L002", mark='"I"'), 'L002,x,x,x,"I"'])
def test_a_last_row_without_a_line_end_is_held_alone(last):
    export = read((HEADER + line() + last.removesuffix("\n")).encode(), profile())

    assert [mark[0] for mark in marks(export)] == ["L001"]
    assert reasons(export.unreadable) == [f"a.csv row 3: {NO_LINE_END}"]


@pytest.mark.parametrize("rows", [1, 18, 19, 20, 83, 84, 200])
def test_wherever_the_last_row_falls_it_is_held_and_no_other(rows):
    content = HEADER + "".join(line(ref=f"L{number}") for number in range(rows)) + line(ref="last").rstrip()

    export = read(content.encode(), profile())

    assert [mark.where for mark in export.marks] == [f"a.csv row {number + 2}" for number in range(rows)]
    assert [row.where for row in export.unreadable] == [f"a.csv row {rows + 2}"]


@pytest.mark.parametrize("end", ["Total,,,,,,1,", "Grand total: 1", "  ", ",,,,,,,", HEADER.rstrip()])
def test_sums_and_blanks_need_no_line_end(end):
    export = read((HEADER + line() + end).encode(), profile())

    assert (len(export.marks), export.unreadable) == (1, [])


def test_where_the_providers_files_always_end_so_the_last_row_counts():
    export = read((HEADER + line() + line(ref="L002").rstrip()).encode(), profile(ends_open=True))

    assert (len(export.marks), export.unreadable) == (2, [])


def test_a_snapshot_that_may_be_cut_answers_for_no_day_in_full():
    given = profile(content="snapshot")

    assert read((HEADER + line() * 2).encode(), given).whole_days == {date(2026, 3, 12)}
    assert read((HEADER + line() * 2).encode().rstrip(), given).whole_days == frozenset()


def test_a_file_of_one_row_that_may_be_cut_is_refused():
    with pytest.raises(Malformed, match=r"not one mark of 1 rows could be used; a\.csv row 2: the file ends without"):
        read((HEADER + line()).rstrip().encode(), profile())


# What proves a file whole --------------------------------------------------------------------------------------------

OPEN = (HEADER + line() + line(ref="L002")).rstrip()


@pytest.mark.parametrize(
    ("companion", "content", "read"),
    [
        (None, "", ["L001"]),
        ("a.csv.done", "", ["L001", "L002"]),
        ("a.csv.sha256", hashlib.sha256(OPEN.encode()).hexdigest(), ["L001", "L002"]),
    ],
)
@pytest.mark.parametrize("wants_done", [False, True])
def test_what_a_sender_lays_beside_a_file_proves_it_whole(tmp_path, companion, content, read, wants_done):
    drop = FolderRig(tmp_path / "drop", wants_done=wants_done and companion is not None)
    drop.put("a.csv", OPEN)
    if companion:
        drop.put(companion, content)

    pulled = drop.pull_and_store()

    assert [mark.platform_id for mark in pulled.marks] == read
    assert len(pulled.unreadable) == 2 - len(read)
