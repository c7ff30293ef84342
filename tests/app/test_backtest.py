"""A policy tried on past registers, as an operator types it: real files, the lines printed, what is said of bad input."""

import json
import random
import tracemalloc

import pytest
from typer.testing import CliRunner

from app.backtest.ground import Files as InputFiles
from app.backtest.ground import read_ground
from app.backtest.troubles import Troubles
from app.cli import cli
from tests.builders import CANARY, NATIONAL, pupil, spelled

POLICY = """
[policy]
id = "small"
name = "Small"
version = "1"
valid_from = 2026-09-01
review_by = 2027-08-31
source = "nobody's"
mutable_by = []
overdue = { to = ["head_of_provision"], after_school_days = 1 }

[[rule]]
id = "three-days"
rows = ["X-1", "X-2"]
says = "Three days without a word: look after the child."
once_per = "run"
when = { metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 3 }

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Ring the family."
  due_school_days = 0
  effort = "call"
  repeats = "each_school_day"

  [[rule.then]]
  kind = "task"
  to = ["tutor"]
  says = "Go there."
  due_school_days = 2
  effort = "visit"
  repeats = "each_school_week"

  [[rule.then]]
  kind = "notice"
  to = ["dsl", "tutor"]
  says = "Please look."
  due_school_days = 0

[[rule]]
id = "concern"
rows = ["X-3"]
says = "Somebody is worried."
once_per = "day"
when = { metric = "event", event = "safeguarding_concern" }

  [[rule.then]]
  kind = "notice"
  to = ["dsl"]
  says = "Please look."
  due_school_days = 0

[[rule]]
id = "register"
rows = ["X-4"]
says = "The morning register is complete by half past nine."
when = { metric = "register", unit = "session", session = "AM", by = 09:30:00 }

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Complete the register."
  due_school_days = 0
"""

DOCUMENTS = """
[[rule]]
id = "form"
rows = ["X-5"]
says = "A contract was agreed: it is written down."
once_per = "day"
when = { metric = "event", event = "contract_agreed" }

  [[rule.then]]
  kind = "document"
  to = ["tutor"]
  says = "Sign it."
  due_school_days = 0
  template = "attendance-contract"

[[rule]]
id = "digest"
rows = ["X-6"]
says = "At the end of the week there is a digest."
when = { metric = "event", event = "weekly", about = "school", on = "last_day" }

  [[rule.then]]
  kind = "document"
  to = ["head_of_provision"]
  says = "Read it."
  due_school_days = 0
  template = "weekly-digest"
"""

CALENDAR = """
closed = [2026-11-13]

[[term]]
name = "Autumn"
first = 2026-11-02
last = 2026-12-18
"""


class Files:
    """A policy, a calendar, a roll and registers in a folder, and the command on them."""

    def __init__(self, folder):
        self.folder = folder
        self.write("small.toml", POLICY)
        self.write("calendar.toml", CALENDAR)
        self.roll({"pupil_id": "P1"}, {"pupil_id": "P2"})

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text.encode())
        return path

    def roll(self, *pupils):
        rows = [pupil(**({"start_date": "2026-09-02"} | each)) for each in pupils]
        header = ",".join(rows[0] | {"expected": ""}) if rows else ""
        self.write("roll.csv", "".join(f"{line}\n" for line in [header, *(self._cells(row) for row in rows)]))

    @staticmethod
    def _cells(row):
        return ",".join((row | {"expected": row.get("expected", "")}).values())

    def marks(self, **written):
        """Write each pupil's marks as ``P1=("Mon 2026-11-02", "NN NN")``."""
        lines = [
            f"{pupil_id},{session.day},{session.half},{sign}\n"
            for pupil_id, (first, text) in written.items()
            for session, sign in spelled(first, text)
            if sign not in {"-", "."}
        ]
        self.lines(*lines)

    def lines(self, *lines):
        return self.write("marks.csv", "pupil_id,date,session,code\n" + "".join(lines))

    def run(self, *words, policy="small.toml"):
        options = {
            name: self.folder / f"{name}.{kind}"
            for name, kind in (("marks", "csv"), ("roll", "csv"), ("calendar", "toml"))
        }
        named = [word for name, path in options.items() for word in (f"--{name}", str(path))]
        which = str(self.folder / policy) if policy.endswith(".toml") else policy
        done = CliRunner().invoke(cli, ["backtest", "--policy", which, *named, *map(str, words)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr.replace(f"{self.folder}/", "")

    def found(self, *words, **given):
        """Run with --json and return what was printed, shortened: day, pupil, rule, kind, recipients."""
        code, out, err = self.run("--json", *words, **given)
        assert (code, err) == (0, "")
        lines = map(json.loads, out.splitlines())
        return [
            f"{line['date']} {line['pupil_id'] or 'school'} {line['rule']} {line['kind']} {'+'.join(line['to'])}"
            for line in lines
        ]

    def said(self, *words):
        code, _, err = self.run("--json", *words)
        return code, err.splitlines()


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def work(out):
    """Read the table of work: kind -> its cells."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if line.startswith("│")]
    return {row[0]: row[1:] for row in rows}


# --- what is decided ------------------------------------------------------------------------------------------------


def test_every_action_of_every_decision_is_one_line_of_json(files):
    files.marks(P1=("Mon 2026-11-02", r"/\ NN NN NN"), P2=("Mon 2026-11-02", r"/\ /\ -\ /\ "))

    assert files.run("--json") == (
        0,
        ('{"date": "2026-11-04", "pupil_id": "", "policy": "small", "rule": "register", "rows": ["X-4"], "kind": "task", "to": ["staff"], "reason": "the register of Wed 4 Nov 2026 AM holds 1 of 2 marks"}\n'
        '{"date": "2026-11-05", "pupil_id": "P1", "policy": "small", "rule": "three-days", "rows": ["X-1", "X-2"], "kind": "task", "to": ["staff"], "reason": "absent without explanation on 3 school days running: Tue 3 Nov to Thu 5 Nov 2026 (6 sessions, 3 timetabled days, within 3 school days); the rule asks for 3"}\n'
        '{"date": "2026-11-05", "pupil_id": "P1", "policy": "small", "rule": "three-days", "rows": ["X-1", "X-2"], "kind": "task", "to": ["tutor"], "reason": "absent without explanation on 3 school days running: Tue 3 Nov to Thu 5 Nov 2026 (6 sessions, 3 timetabled days, within 3 school days); the rule asks for 3"}\n'
        '{"date": "2026-11-05", "pupil_id": "P1", "policy": "small", "rule": "three-days", "rows": ["X-1", "X-2"], "kind": "notice", "to": ["dsl", "tutor"], "reason": "absent without explanation on 3 school days running: Tue 3 Nov to Thu 5 Nov 2026 (6 sessions, 3 timetabled days, within 3 school days); the rule asks for 3"}\n'),
        "",
    )  # fmt: skip


NOTICE = "three-days notice dsl+tutor"


def notices(found):
    return [line for line in found if line.endswith(NOTICE)]


def test_lines_come_by_date_and_then_by_pupil_with_the_school_first(files):
    files.roll({"pupil_id": "P10"}, {"pupil_id": "P2"}, {"pupil_id": "a1"})
    files.marks(
        P2=("Mon 2026-11-02", "NN NN NN"), P10=("Mon 2026-11-02", "NN NN NN"), a1=("Mon 2026-11-02", "/\\ NN -N NN NN")
    )

    assert [line for line in files.found("--to", "2026-11-05") if "register" in line or NOTICE in line] == [
        "2026-11-04 school register task staff",
        f"2026-11-04 P10 {NOTICE}",
        f"2026-11-04 P2 {NOTICE}",
        "2026-11-05 school register task staff",
    ]


def test_days_are_judged_from_the_first_mark_to_the_last_unless_said_otherwise(files):
    files.roll({"pupil_id": "P1"})
    files.marks(P1=("Mon 2026-11-02", "NN NN NN /\\ NN NN NN /\\ /\\ -- NN NN NN"))

    assert notices(files.found()) == [f"{day} P1 {NOTICE}" for day in ("2026-11-04", "2026-11-10", "2026-11-18")]
    assert notices(files.found("--from", "2026-11-05", "--to", "2026-11-17")) == [f"2026-11-10 P1 {NOTICE}"]
    assert files.found("--from", "2026-11-19", "--to", "2026-11-20") == [
        "2026-11-19 school register task staff",
        "2026-11-20 school register task staff",
    ]


def test_closed_days_and_weekends_are_stepped_over(files):
    files.roll({"pupil_id": "P1"})
    files.lines(
        *(f"P1,{day},{half},N\n" for day in ("2026-11-11", "2026-11-12", "2026-11-16") for half in ("AM", "PM"))
    )

    assert notices(files.found()) == [f"2026-11-16 P1 {NOTICE}"]


def test_closed_days_written_under_a_term_count_for_the_calendar(files):
    files.roll({"pupil_id": "P1"})
    files.write("calendar.toml", "[[term]]\nfirst = 2026-11-02\nlast = 2026-12-18\nclosed = [2026-11-13]\n")
    files.lines(
        *(f"P1,{day},{half},N\n" for day in ("2026-11-11", "2026-11-12", "2026-11-16") for half in ("AM", "PM"))
    )

    assert notices(files.found()) == [f"2026-11-16 P1 {NOTICE}"]


def test_a_run_goes_on_over_the_week_in_which_the_clocks_change(files):
    files.roll({"pupil_id": "P1"})
    files.write("calendar.toml", "[[term]]\nfirst = 2026-09-02\nlast = 2026-12-18\n")
    files.marks(P1=("Thu 2026-10-22", "NN NN NN /\\"))  # clocks go back on Sunday 25 October

    assert notices(files.found()) == [f"2026-10-26 P1 {NOTICE}"]


def test_a_part_time_pupil_is_due_at_the_expected_sessions_alone(files):
    files.roll({"pupil_id": "P1", "flags": "send"})
    text = (files.folder / "roll.csv").read_text()
    files.write("roll.csv", text.replace(",send,\n", ",send,Mon AM;Wed AM;Fri PM\n"))
    files.lines("P1,2026-11-02,AM,N\n", "P1,2026-11-04,AM,N\n", "P1,2026-11-04,PM,C2\n", "P1,2026-11-06,PM,O\n")

    assert files.found() == [
        "2026-11-06 P1 three-days task staff",
        "2026-11-06 P1 three-days task tutor",
        f"2026-11-06 P1 {NOTICE}",
    ]


def test_a_pupil_who_leaves_and_comes_back_is_due_only_while_on_the_roll(files):
    files.roll(
        {"pupil_id": "P1", "start_date": "2026-11-17"},
        {"pupil_id": "P1", "start_date": "2026-09-02", "end_date": "2026-11-03"},
    )
    files.marks(P1=("Mon 2026-11-02", "OO OO .. .. .. .. .. .. .. .. .. OO"))

    assert files.found() == [
        "2026-11-17 P1 three-days task staff",
        "2026-11-17 P1 three-days task tutor",
        f"2026-11-17 P1 {NOTICE}",
    ]


def test_flags_are_those_of_the_stretch_that_had_begun(files):
    files.write(
        "flagged.toml", POLICY.replace('once_per = "run"', 'once_per = "run"\npopulation = { flags_any = ["ehcp"] }')
    )
    files.roll(
        {"pupil_id": "P1", "end_date": "2026-11-05", "flags": ""},
        {"pupil_id": "P1", "start_date": "2026-11-16", "flags": "ehcp"},
    )
    files.marks(P1=("Mon 2026-11-02", "NN NN NN /\\ .. .. .. .. .. .. NN NN NN"))

    assert notices(files.found(policy="flagged.toml")) == [f"2026-11-18 P1 {NOTICE}"]


def test_recorded_events_are_acted_on(files):
    files.roll({"pupil_id": "P1"})
    files.marks(P1=("Mon 2026-11-02", "/\\ /\\ /\\ /\\ /\\ /\\"))
    events = files.write(
        "events.csv",
        "date,pupil_id,event,recorded_by,note\n2026-11-07,P1,safeguarding_concern,D,\n2026-11-07,P1,safeguarding_concern,E,x\n",
    )

    assert files.found("--events", events) == ["2026-11-09 P1 concern notice dsl"]


def test_a_policy_that_ships_is_named_by_its_id_with_the_floor_under_it(files):
    files.roll({"pupil_id": "P1"})
    files.marks(P1=("Mon 2026-11-02", "NN NN NN NN NN NN /\\"))

    found = files.found(policy="swift-learning")

    assert "2026-11-04 P1 three-days-unexplained task staff" in found
    assert "2026-11-09 P1 n-stands-five-school-days task staff" in found


def test_a_pupil_who_has_left_is_on_no_roll_until_coming_back(files):
    text = POLICY.replace(
        'metric = "event", event = "safeguarding_concern"',
        'metric = "event", event = "weekly", about = "pupil", on = "last_day"',
    )
    files.write("weekly.toml", text.replace('once_per = "day"', 'once_per = "week"'))
    files.roll(
        {"pupil_id": "P1", "end_date": "2026-11-06"},
        {"pupil_id": "P1", "start_date": "2026-11-16"},
    )
    files.marks(P1=("Mon 2026-11-02", "/\\ /\\ /\\ /\\ /\\ .. .. .. .. .. /\\ /\\ /\\ /\\ /\\"))

    assert files.found(policy="weekly.toml") == ["2026-11-06 P1 concern notice dsl", "2026-11-20 P1 concern notice dsl"]


# --- the files as spreadsheets write them ---------------------------------------------------------------------------

WRITTEN = "P1,2026-11-02,AM,N\nP1,2026-11-02,PM,N\nP1,2026-11-03,AM,N\nP1,2026-11-03,PM,N\nP1,2026-11-04,AM,N\nP1,2026-11-04,PM,N\n"


def test_columns_may_stand_in_any_order_behind_a_byte_order_mark_with_windows_line_ends(files):
    files.roll({"pupil_id": "P1"})
    files.lines(WRITTEN)
    plain = files.run("--json")

    rows = [line.split(",") for line in WRITTEN.splitlines()]
    body = "".join(f"{code},{half},{pupil_id},{day}\r\n" for pupil_id, day, half, code in rows)
    files.write("marks.csv", "\N{BYTE ORDER MARK}Code,Session,Pupil_ID,date\r\n" + body)
    text = (files.folder / "roll.csv").read_text()
    files.write("roll.csv", "\N{BYTE ORDER MARK}" + text.replace("\n", "\r\n"))

    assert files.run("--json") == plain
    assert plain[1].count("\n") == 3


def test_semicolons_quotes_blank_lines_and_either_stroke_do_no_harm(files):
    files.roll({"pupil_id": "P1"})
    body = "".join(f'"{line}"\n'.replace(",", '";"') for line in WRITTEN.splitlines())
    files.write("marks.csv", 'pupil_id;date;session;code\n"P1";2026-11-05;AM;\\\n\n;;;\n"P1";2026-11-05;pm;/\n' + body)

    assert notices(files.found()) == [f"2026-11-04 P1 {NOTICE}"]


def test_a_roll_needs_no_names(files):
    files.write("roll.csv", "flags,end_date,start_date,pupil_id\n,,2026-09-02,P1\n")
    files.lines(WRITTEN)

    assert notices(files.found()) == [f"2026-11-04 P1 {NOTICE}"]


def test_names_in_another_encoding_do_no_harm(files):
    text = "pupil_id,surname,start_date,end_date,flags\nP1,Ren\xe9e,2026-09-02,,\n"
    (files.folder / "roll.csv").write_bytes(text.encode("cp1252"))
    files.lines(WRITTEN)

    assert notices(files.found()) == [f"2026-11-04 P1 {NOTICE}"]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_lines_changes_nothing(files, seed):
    files.roll(
        {"pupil_id": "P1"},
        {"pupil_id": "P2"},
        {"pupil_id": "P3", "end_date": "2026-11-06"},
        {"pupil_id": "P3", "start_date": "2026-11-05"},
    )
    files.marks(
        P1=("Mon 2026-11-02", "NN NN NN NN /\\ NN NN NN"),
        P2=("Mon 2026-11-02", "II NN NN NN NN"),
        P3=("Mon 2026-11-02", "NN NN NN"),
    )
    contradicting = "P2,2026-11-03,AM,I\nP2,2026-11-03,AM,/\nP1,2026-11-11,PM,ZZ\nP1,2026-11-11,PM,N\nP1,2026-11-11,AM,N\nP1,2026-11-11,AM,N\n"
    files.lines(*(files.folder / "marks.csv").read_text().splitlines(keepends=True)[1:], contradicting)
    plain = files.run("--json")
    for name in ("marks.csv", "roll.csv"):
        header, *lines = (files.folder / name).read_text().splitlines(keepends=True)
        random.Random(seed).shuffle(lines)
        files.write(name, header + "".join(lines))

    code, out, err = files.run("--json")

    assert (code, out) == plain[:2]
    assert code == 1
    assert out.count("\n") > 5
    assert "contradicts an earlier line" in err


def test_a_second_run_gives_the_same_bytes(files):
    files.marks(P1=("Mon 2026-11-02", "NN NN NN NN /\\ NN NN NN"), P2=("Mon 2026-11-02", "II NN NN NN NN"))

    assert files.run("--json") == files.run("--json")
    assert files.run() == files.run()


# --- lines that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("P1,2026-11-05,AM,A", "code 'A' is no national code: the codes are # / B C C1 C2 D E F G H I J J1 K L M N O P Q R S T U V W X Y Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z \\"),
        ("P1,2026-11-05,AM,n", "code 'n' is no national code: the codes are # / B C C1 C2 D E F G H I J J1 K L M N O P Q R S T U V W X Y Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z \\"),
        ("P1,2026-11-05,AM,H", "code H was withdrawn after 2024-08-18, before 2026-11-05: use C"),
        ("P1,2026-11-05,AM,", "code is empty: leave out the line of a session that is not recorded"),
        ("P1,05/11/2026,AM,N", "'05/11/2026' is no date: write it as 2026-11-02"),
        ("P1,20261105,AM,N", "'20261105' is no date: write it as 2026-11-02"),
        ("P1,,AM,N", "'' is no date: write it as 2026-11-02"),
        ("P1,2026-11-05,am1,N", "session 'am1' is neither AM nor PM"),
        ("P1,2026-11-07,AM,N", "2026-11-07 is no school day of the calendar (weekend)"),
        ("P1,2026-11-13,AM,/", "2026-11-13 is no school day of the calendar (closed)"),
        ("P1,2027-11-02,AM,N", "2027-11-02 is no school day of the calendar (outside term)"),
        ("P9,2026-11-05,AM,N", "pupil_id 'P9' is not on the roll"),
        (",2026-11-05,AM,N", "pupil_id '' is not on the roll"),
        ("P2,2026-11-02,AM,N", "2026-11-02 is before pupil P2 starts on 2026-11-03"),
        ("P2,2026-11-10,AM,N", "2026-11-10 is after pupil P2 left on 2026-11-06"),
        ("P1,2026-11-04,PM,N", "repeats an earlier line"),
        ("P1,2026-11-04,PM,I", "contradicts an earlier line (N): neither counts until one of them is gone"),
        ("P1,2026-11-05,AM", "has 3 cells where the first line has 4: put a cell that holds a comma in quotes"),
        ("P1,2026-11-05,AM,N,late", "has 5 cells where the first line has 4: put a cell that holds a comma in quotes"),
        ('P1,2026-11-05,AM,"N"x', "is not CSV (',' expected after '\"'): look for a quotation mark that is never closed"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_said_and_the_rest_is_judged(files, line, said):
    files.roll({"pupil_id": "P1"}, {"pupil_id": "P2", "start_date": "2026-11-03", "end_date": "2026-11-06"})
    files.lines("P1,2026-11-04,PM,N\n", line + "\n", *WRITTEN.splitlines(keepends=True)[:-1])

    code, out, err = files.run("--json", "--from", "2026-11-02", "--to", "2026-11-06")

    # Whatever the line says, eight of the nine lines are as they were, and so is the decision, unless they clash.
    assert (code, err) == (1, f"marks.csv: line 3: {said}\n")
    assert ("three-days" in out) == ("contradicts" not in said)


def test_a_code_that_is_not_known_makes_its_session_neither_present_nor_absent(files):
    files.roll({"pupil_id": "P1"})
    files.lines(WRITTEN.replace("2026-11-03,PM,N", "2026-11-03,PM,A"), "P1,2026-11-05,AM,N\nP1,2026-11-05,PM,N\n")

    code, out, _ = files.run("--json")

    # The run is not broken, but the third day of it is Thursday; the register holds a mark, if a bad one.
    assert (code, [line[:22] for line in out.splitlines()]) == (1, ['{"date": "2026-11-05",'] * 3)


def test_what_registers_write_where_nobody_need_come_is_no_trouble(files):
    files.roll({"pupil_id": "P1", "start_date": "2026-11-03"})
    files.lines("P1,2026-11-02,AM,Z\nP1,2026-11-02,PM,Z\nP1,2026-11-13,AM,#\nP1,2026-11-03,AM,/\nP1,2026-11-03,PM,/\n")

    assert files.run("--json") == (0, "", "")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P 3,2026-09-02,,,", "pupil_id is not a pupil id: use letters, digits, '.', '_' and '-', and never the pupil's name"),
        (",2026-09-02,,,", "pupil_id is missing: give the id by which the marks name the pupil"),
        ("P3,,,,", "start_date is missing: give the pupil's first day on the roll"),
        ("P3,2/9/2026,,,", "start_date is not a date as 2026-09-02: format the column or value as YYYY-MM-DD"),
        ("P3,2026-09-02,2026-08-02,,", "end_date 2026-08-02 is before start_date 2026-09-02"),
        ("P3,2026-09-02,2026-13-02,send;ehpc,", "end_date is not a date as 2026-09-02: format the column or value as YYYY-MM-DD\nroll.csv: line 3: flags holds a flag that does not exist: did you mean 'ehcp'?"),
        ("P3,2026-09-02,,,Mon", "expected lists sessions as Mon AM;Mon PM;Wed AM: Monday to Friday, AM or PM"),
        ("P1,2026-11-02,,,", "pupil P1 is on the roll already by line 2: end one before the other"),
    ],
)  # fmt: skip
def test_a_line_of_the_roll_that_cannot_be_used_is_said_and_the_rest_is_judged(files, row, said):
    files.write("roll.csv", f"pupil_id,start_date,end_date,flags,expected\nP1,2026-09-02,,,\n{row}\n")
    files.lines(WRITTEN)

    code, out, err = files.run("--json")

    assert (code, err) == (1, f"roll.csv: line 3: {said}\n")
    assert out.count("three-days") == 3


def test_a_flag_misspelt_takes_neither_the_pupil_nor_another_flag_out_of_sight(files):
    files.write(
        "flagged.toml", POLICY.replace('once_per = "run"', 'once_per = "run"\npopulation = { flags_any = ["send"] }')
    )
    files.write("roll.csv", "pupil_id,start_date,end_date,flags\nP1,2026-09-02,,send; ehpc\n")
    files.lines(WRITTEN)

    code, out, err = files.run("--json", policy="flagged.toml")

    assert (code, err) == (1, "roll.csv: line 2: flags holds a flag that does not exist: did you mean 'ehcp'?\n")
    assert out.count("three-days") == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P9,2026-11-02,contract_agreed", "pupil_id 'P9' is not on the roll"),
        ("P1,tomorrow,contract_agreed", "'tomorrow' is no date: write it as 2026-11-02"),
        ("P1,2026-11-02,contract_agred", "event a text of 14 characters is no recorded event: did you mean 'contract_agreed'?"),
    ],
)  # fmt: skip
def test_a_recorded_event_that_cannot_be_used_is_said(files, row, said):
    files.lines(WRITTEN)
    events = files.write("events.csv", f"pupil_id,date,event\n{row}\n")

    assert files.said("--events", events) == (1, [f"events.csv: line 2: {said}"])


def test_a_column_that_nobody_asked_for_is_remarked_on(files):
    files.roll({"pupil_id": "P1"})
    files.write("marks.csv", "pupil_id,date,session,code,minutes\nP1,2026-11-02,AM,/,3\nP1,2026-11-02,PM,/,3\n")
    text = (files.folder / "roll.csv").read_text()
    files.write("roll.csv", text.replace("expected", "expcted"))

    assert files.run("--json") == (
        0,
        "",
        ("roll.csv: line 1: column 'expcted' is not used: did you mean 'expected'?\n"
        "marks.csv: line 1: column 'minutes' is not used\n"),
    )  # fmt: skip


def test_no_name_of_a_pupil_is_ever_said(files):
    surname, forename = CANARY
    files.write(
        "roll.csv",
        f"pupil_id,surname,forename,start_date,end_date,flags\n{surname} {forename},P1,x,2026-13-01,,\nP1,{surname},{forename},2026-09-02,,{surname}\n",
    )
    files.lines(
        f"{surname} {forename},2026-11-02,AM,N\n",
        f"P1,{surname} {forename},AM,N\n",
        f"P1,2026-11-02,AM,{surname} {forename}\n",
    )

    code, out, err = files.run()

    assert code == 1
    assert err.count("line") >= 5
    assert not any(name in out + err for name in CANARY)


# --- files that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("marks.csv", "", "marks.csv: line 1: is empty: the first line names the columns pupil_id,date,session,code"),
        ("marks.csv", "pupil,date,session,code\n", "marks.csv: line 1: column 'pupil_id' is missing: did you mean 'pupil'?"),
        ("marks.csv", "pupil_id,date,date,session,code\n", "marks.csv: line 1: column 'date' stands twice: keep one"),
        ("roll.csv", "pupil_id,start_date,flags\n", "roll.csv: line 1: column 'end_date' is missing: add it"),
        ("roll.csv", "P1,2026-09-02,,\n", "roll.csv: line 1: column 'pupil_id' is missing: add it"),
        ("calendar.toml", "[[term]]\nfirst = 2026-11-02\n", "calendar.toml: term[1].last: is missing: give the last day of term"),
        ("calendar.toml", "[[term]]\nfirst = 2026-11-02\nlast = 2026-10-02\n", "calendar.toml: term[1].last: is before first: correct one of them"),
        ("calendar.toml", "closd = []\n[[term]]\nfirst = 2026-11-02\nlast = 2026-12-18\n", "calendar.toml: closd: is not a key here: did you mean 'closed'?"),
        ("small.toml", POLICY.replace('"unexplained"', '"unexplaned"'), "small.toml: rule 'three-days': when.category: is 'unexplaned': give one of"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_at_all_is_exit_2(files, name, text, said):
    files.lines(WRITTEN)
    files.write(name, text)

    code, out, err = files.run()

    assert (code, out) == (2, "")
    assert err.startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("marks.csv", "marks.csv: cannot be read (No such file or directory): give the path of a CSV file"),
        ("roll.csv", "roll.csv: cannot be read (No such file or directory): give the path of a CSV file"),
        ("calendar.toml", "calendar.toml: is not there: give the path of a calendar with [[term]] and closed"),
        ("small.toml", "small.toml: is not there: name a policy that ships, or a file"),
    ],
)
def test_a_file_that_is_not_there_is_exit_2(files, name, said):
    files.lines(WRITTEN)
    (files.folder / name).unlink()

    assert files.run() == (2, "", f"{said}\n")


def test_days_that_the_calendar_does_not_have_are_exit_2(files):
    files.lines(WRITTEN)

    assert files.said("--from", "2027-01-01", "--to", "2027-02-01") == (
        2,
        ["calendar.toml: has no school day from 2027-01-01 to 2027-02-01: correct --from and --to"],
    )


def test_a_register_without_marks_is_judged_only_for_days_that_are_given(files):
    files.lines()

    assert files.run("--json") == (
        0,
        "",
        "marks.csv: holds no mark that can be used: nothing is judged without --from and --to\n",
    )
    assert files.found("--from", "2026-11-02", "--to", "2026-11-02") == ["2026-11-02 school register task staff"]


def test_a_roll_without_pupils_decides_nothing(files):
    files.write("roll.csv", "pupil_id,start_date,end_date,flags\n")
    files.lines()

    assert files.found("--from", "2026-11-02", "--to", "2026-11-06") == []


# --- what a person reads --------------------------------------------------------------------------------------------


def test_a_person_reads_how_often_each_rule_fires_and_the_work_of_a_week(files):
    files.roll({"pupil_id": "P1"}, {"pupil_id": "P2"})
    files.marks(
        P1=("Mon 2026-11-02", "NN NN NN NN NN NN NN /\\"), P2=("Mon 2026-11-02", "/\\ /\\ /\\ /\\ /\\ NN NN NN")
    )

    code, out, err = files.run()

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "small, version 1: 2 pupils, 8 school days, Mon 2 Nov 2026 to Wed 11 Nov 2026"
    rules = work(out)
    assert rules["three-days"] == ["X-1, X-2", "2", "2", "Three days without a word: look after the child."]
    # P1's run stands on Wednesday 4 to Tuesday 10: a call a day, a visit in each of the two weeks; P2's begins on the 11th.
    assert rules["calls"] == ["6", "3.0", "3", "from Mon 2 Nov 2026"]
    assert rules["visits"] == ["3", "1.5", "2", "from Mon 9 Nov 2026"]
    assert rules["notices"] == ["3", "1.5", "2", "from Mon 2 Nov 2026"]
    assert rules["referrals"] == ["0", "0.0", "0", ""]
    assert "rules that never fired: concern, register, " in out


def test_documents_about_a_pupil_are_told_from_lists_about_the_school(files):
    files.write("documents.toml", POLICY + DOCUMENTS)
    files.roll({"pupil_id": "P1"})
    files.marks(P1=("Mon 2026-11-02", "/\\ /\\ /\\ /\\ /\\"))
    events = files.write(
        "events.csv", "pupil_id,date,event\nP1,2026-11-03,contract_agreed\nP1,2026-11-05,contract_agreed\n"
    )

    _, out, _ = files.run("--events", events, policy="documents.toml")

    assert work(out)["letters and forms"][0] == "2"
    assert work(out)["lists and digests"][0] == "1"
    assert work(out)["digest"] == ["X-6", "1", "the school", "At the end of the week there is a digest."]


def test_nothing_to_judge_is_said_to_a_person_too(files):
    files.lines()

    code, out, _ = files.run()

    assert (code, out.splitlines()[0]) == (0, "small, version 1: 0 pupils, 0 school days, nothing to judge")


def test_what_is_kept_of_a_pupil_is_hardly_more_than_a_mark_string(files):
    pupils = [f"P{number:05}" for number in range(3000)]
    files.write(
        "roll.csv", "pupil_id,start_date,end_date,flags\n" + "".join(f"{each},2026-09-02,,\n" for each in pupils)
    )
    files.lines(*(f"{each},2026-11-{day:02},{half},/\n" for day in (2, 3) for half in ("AM", "PM") for each in pupils))
    where = InputFiles(
        marks=files.folder / "marks.csv", roll=files.folder / "roll.csv", calendar=files.folder / "calendar.toml"
    )

    tracemalloc.start()
    ground = read_ground(where, NATIONAL, Troubles(print), lambda _: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # 732 bytes of marks; 200,000 pupils take less than 400 MB.
    assert len(ground.pupils.marks) == 3000
    assert peak < 3000 * 2000


def test_a_person_hears_how_far_the_reading_is(files):
    files.roll({"pupil_id": "P1"})
    files.lines("P1,2026-11-02,AM,/\n", "P1,2026-11-02,PM,/\n", "\n" * 3, "P1,2026-11-02,PM,/\n" * 10_000)
    where = InputFiles(
        marks=files.folder / "marks.csv", roll=files.folder / "roll.csv", calendar=files.folder / "calendar.toml"
    )
    seen, troubles = [], Troubles(lambda _: None)

    read_ground(where, NATIONAL, troubles, seen.append)

    assert (seen, troubles.count) == ([10_000], 10_000)


# --- another policy beside it ---------------------------------------------------------------------------------------


@pytest.fixture
def other(files):
    """The same policy but for days: two instead of three, and the visit is somebody else's."""
    text = POLICY.replace("at_least = 3", "at_least = 2").replace('to = ["tutor"]', 'to = ["key_worker"]')
    files.marks(P1=("Mon 2026-11-02", "/\\ /\\ OO OO OO"), P2=("Mon 2026-11-02", "/\\ -\\ /\\ OO OO"))
    return files.write("other.toml", text.replace('id = "small"', 'id = "other"'))


def test_against_another_policy_each_line_says_whether_only_one_has_it(files, other):
    code, out, err = files.run("--json", "--against", other)

    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [f"{line['date']} {line['pupil_id']} {line['policy']} {line['kind']} {'+'.join(line['to'])}: {line['only_in']}" for line in lines] == [
        "2026-11-03  small task staff: None",
        "2026-11-03  other task staff: None",
        "2026-11-05 P1 other task staff: against",
        "2026-11-05 P1 other task key_worker: against",
        "2026-11-05 P1 other notice dsl+tutor: against",
        "2026-11-06 P1 small task staff: policy",
        "2026-11-06 P1 small task tutor: policy",
        "2026-11-06 P1 small notice dsl+tutor: policy",
        "2026-11-06 P2 other task staff: against",
        "2026-11-06 P2 other task key_worker: against",
        "2026-11-06 P2 other notice dsl+tutor: against",
    ]  # fmt: skip


def test_against_another_policy_a_person_reads_what_changes(files, other):
    code, out, _ = files.run("--against", other)

    assert code == 0
    lines = out.splitlines()
    assert lines[:2] == [
        "small, version 1: 2 pupils, 5 school days, Mon 2 Nov 2026 to Fri 6 Nov 2026",
        "other, version 1: 2 pupils, 5 school days, Mon 2 Nov 2026 to Fri 6 Nov 2026",
    ]
    assert "--policy small: 3 only here, 1 in both" in lines
    assert "--against other: 6 only here, 1 in both" in lines
    assert work(out)["notices"] == ["1", "1.0", "2", "2.0", "+1.0"]
    assert work(out)["register"] == ["X-4", "0", "1", "The morning register is complete by half past nine."]


def test_a_policy_against_itself_changes_nothing(files, other):
    code, out, _ = files.run("--json", "--against", other, policy="other.toml")

    assert code == 0
    assert {json.loads(line)["only_in"] for line in out.splitlines()} == {None}


def test_work_with_fewer_calls_is_shown_as_less(files, other):
    _, out, _ = files.run("--against", files.folder / "small.toml", policy="other.toml")

    assert work(out)["notices"] == ["2", "2.0", "1", "1.0", "-1.0"]
    assert work(out)["referrals"] == ["0", "0.0", "0", "0.0", "0.0"]


def test_of_several_alike_the_rule_that_both_have_is_in_both(files, other):
    files.roll({"pupil_id": "P1"})
    files.marks(P1=("Mon 2026-11-02", "NN /\\ /\\ NN NN NN"))

    _, out, _ = files.run("--json", "--against", other)

    # On Monday 9 both ask staff about the N of a week ago, and one of them to ring as well.
    lines = [
        line for line in map(json.loads, out.splitlines()) if line["date"] == "2026-11-09" and line["to"] == ["staff"]
    ]
    assert [(line["policy"], line["rule"], line["only_in"]) for line in lines] == [
        ("small", "three-days", "policy"),
        ("small", "floor-n-stands-five-school-days", None),
        ("other", "floor-n-stands-five-school-days", None),
    ]
