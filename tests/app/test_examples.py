"""Worked examples: what a policy author may write, what is said about a mistake, and what a run shows."""

import json

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.examples.calendar import standard_calendar
from app.examples.files import Reader
from app.examples.marks import read_line, years_of
from app.examples.running import run
from app.written import Unreadable
from mapping.model import Half, Session
from tests.builders import CANARY, NATIONAL, byte_of, calendar, day

READER = Reader()
STANDARD = standard_calendar(READER.holidays)

#: A policy small enough to know by heart.
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
  to = ["staff", "tutor"]
  says = "Ring the family."
  due_school_days = 0

  [[rule.then]]
  kind = "notice"
  to = ["dsl"]
  says = "Please look."
  due_school_days = 0

[[rule]]
id = "looked-after"
rows = ["X-3"]
says = "A looked-after child was missed for a session."
once_per = "run"
population = { flags_any = ["looked_after"] }
when = { metric = "consecutive", unit = "session", category = "unexplained", at_least = 1 }

  [[rule.then]]
  kind = "notice"
  to = ["social_worker"]
  says = "Please look."
  due_school_days = 0

[[rule]]
id = "register"
rows = ["X-4"]
says = "The afternoon register is complete by three."
when = { metric = "register", unit = "session", session = "PM", by = 15:00:00 }

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Complete the register."
  due_school_days = 0

[[covered]]
rows = ["X-9"]
by = "human"
says = "Somebody thinks about it."
"""

EXAMPLE = """
[[example]]
name = "three days"
marks = ['Mon 2026-11-02  NN NN NN']
expect = [{ on = 2026-11-04, row = "X-1", kind = "task", to = ["tutor"] }]
"""


@pytest.fixture
def write(tmp_path):
    """Write the policy and a file of examples for it; return the file's path."""

    def write(text, head='policy = "small.toml"\n', name="mine.toml"):
        (tmp_path / "small.toml").write_text(POLICY, "utf-8")
        path = tmp_path / name
        path.write_text(head + text, "utf-8")
        return path

    return write


def example(body, name="it"):
    return f'[[example]]\nname = "{name}"\n{body}\n'


def problems(path):
    """What is said about a file, without its own name."""
    return [str(each).removeprefix(f"{path}: ") for each in READER.read(path).problems]


def differences(path):
    file = READER.read(path)
    assert not file.problems
    return [line for each in file.examples for line in run(each, file.evaluator).differences]


def policy_test(*words):
    done = CliRunner().invoke(cli, ["policy", "test", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


# --- the language of marks ------------------------------------------------------------------------------------------


def test_a_line_is_a_pair_a_school_day_and_steps_over_weekends_and_closures():
    signs = read_line(r"Thu 2026-10-22  /\ NN [C1]I -.", STANDARD, NATIONAL)

    # Friday 23 October is followed by half term; the next school day is Monday 2 November.
    assert signs == [
        (Session(day("Thu 2026-10-22"), Half.AM), byte_of("/")),
        (Session(day("Thu 2026-10-22"), Half.PM), byte_of("\\")),
        (Session(day("Fri 2026-10-23"), Half.AM), byte_of("N")),
        (Session(day("Fri 2026-10-23"), Half.PM), byte_of("N")),
        (Session(day("Mon 2026-11-02"), Half.AM), byte_of("C1")),
        (Session(day("Mon 2026-11-02"), Half.PM), byte_of("I")),
        (Session(day("Tue 2026-11-03"), Half.AM), byte_of("-")),
        (Session(day("Tue 2026-11-03"), Half.PM), byte_of(".")),
    ]


def test_the_clocks_going_back_moves_no_session():
    signs = read_line("Fri 2027-03-19  NN*4", STANDARD, NATIONAL)

    assert [str(each.session) for each in signs[2:]][:2] == ["Mon 22 Mar 2027 AM", "Mon 22 Mar 2027 PM"]
    assert len(signs) == 8


def test_either_stroke_says_present_and_the_half_says_which_is_meant():
    assert read_line(r"Mon 2026-11-02 \/", STANDARD, NATIONAL) == read_line(r"Mon 2026-11-02 /\ ", STANDARD, NATIONAL)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hello", r"'hello' is no line of marks: write Mon 2026-11-02  /\ NN NN"),
        ("Tue 2026-11-02 NN", "2026-11-02 is a Mon, not 'Tue': correct one of them"),
        ("Monday 2026-11-02 NN", "2026-11-02 is a Mon, not 'Monday': correct one of them"),
        ("Mon 2026-11-32 NN", "'2026-11-32' is no date: write it as 2026-11-02"),
        ("Mon 02/11/2026 NN", "'02/11/2026' is no date: write it as 2026-11-02"),
        ("Mon 2026-10-26 NN", "Mon 2026-10-26 is no school day of the calendar (half term)"),
        ("Sat 2026-11-07 NN", "Sat 2026-11-07 is no school day of the calendar (weekend)"),
        ("Mon 2026-08-31 NN", "Mon 2026-08-31 is no school day of the calendar (Summer bank holiday)"),
        ("Mon 2028-11-06 NN", "Mon 2028-11-06 is no school day of the calendar (outside term)"),
        ("Mon 2027-07-19 NN NN NN", "3 days from Mon 2027-07-19 go beyond the calendar, which ends 2027-07-20"),
        ("Mon 2026-11-02", r"no marks follow Mon 2026-11-02: write AM and PM of a day as /\ NN I\ [C1][C1], -- for not recorded, .. for no session"),
        ("Mon 2026-11-02 NNN", r"'NNN' is no pair of marks: write AM and PM of a day as /\ NN I\ [C1][C1], -- for not recorded, .. for no session"),
        ("Mon 2026-11-02 C1C1", r"'C1C1' is no pair of marks: write AM and PM of a day as /\ NN I\ [C1][C1], -- for not recorded, .. for no session"),
        ("Mon 2026-11-02 NN*0", r"'NN*0' is no pair of marks: write AM and PM of a day as /\ NN I\ [C1][C1], -- for not recorded, .. for no session"),
        ("Mon 2026-11-02 JN", "code J was withdrawn after 2024-08-18, before 2026-11-02: use J1"),
        ("Mon 2026-11-02 NY", "code Y was withdrawn after 2024-08-18, before 2026-11-02: use Y1 or Y2 or Y3 or Y4 or Y5 or Y6 or Y7 or Q"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_taken_as_written_is_explained(line, sentence):
    with pytest.raises(Unreadable) as wrong:
        read_line(line, STANDARD, NATIONAL)

    assert str(wrong.value) == sentence


@pytest.mark.parametrize("sign", ["A", "n", "c", "?", "1"])
def test_what_is_no_national_code_is_answered_with_those_that_are(sign):
    with pytest.raises(Unreadable) as wrong:
        read_line(f"Mon 2026-11-02 N{sign}", STANDARD, NATIONAL)

    assert str(wrong.value) == (
        f"{sign!r} is no national code: the codes are "
        "# / B C C1 C2 D E F G H I J J1 K L M N O P Q R S T U V W X Y Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z \\"
    )


def test_a_code_of_a_later_law_is_not_taken_in_an_earlier_register():
    on = calendar("Mon 2024-06-03 - Fri 2024-07-19")

    with pytest.raises(Unreadable, match=r"^code K came into force on 2024-08-19, after 2024-06-03$"):
        read_line("Mon 2024-06-03 KK", on, NATIONAL)


def test_years_between_the_first_and_the_last_mark_are_written_too():
    signs = [(Session(day("Fri 2024-11-01"), Half.AM), 78), (Session(day("Mon 2026-11-02"), Half.PM), 78)]

    assert {year: len(marks) for year, marks in years_of(signs).items()} == {2024: 732, 2025: 732, 2026: 732}


# --- a file in order ------------------------------------------------------------------------------------------------


def test_the_standard_calendar_is_the_year_2026_27_without_half_terms_and_bank_holidays():
    counted = [len(STANDARD.between(term.first, term.last)) for term in STANDARD.terms]

    assert counted == [73, 54, 66]
    assert not any(map(STANDARD.is_school_day, (day("Wed 2026-10-28"), day("Mon 2027-05-03"), day("Fri 2027-02-19"))))


def test_an_example_comes_out_as_written(write):
    assert differences(write(EXAMPLE)) == []


def test_marks_may_be_one_text_of_several_lines(write):
    body = "marks = '''\nMon 2026-11-02  NN\nTue 2026-11-03  NN NN\n'''\nexpect = [{ on = 2026-11-04, row = \"X-2\" }]"

    assert differences(write(example(body))) == []


def test_kind_and_recipients_may_be_left_out_and_recipients_may_be_some(write):
    body = """
    marks = ['Mon 2026-11-02  NN NN NN']
    expect = [{ on = 2026-11-04, row = "X-1" }, { on = 2026-11-04, row = "X-1", to = ["dsl"] }, { on = 2026-11-04, row = "X-2", kind = "notice" }]
    """

    assert differences(write(example(body))) == []


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ('{ on = 2026-11-03, row = "X-1" }', "Tue 2026-11-03: expected X-1; nothing came"),
        ('{ on = 2026-11-04, row = "X-1", kind = "document" }', "Wed 2026-11-04: expected X-1 document; came three-days (X-1, X-2: task to staff, tutor; notice to dsl)"),
        ('{ on = 2026-11-04, row = "X-1", kind = "task", to = ["dsl"] }', "Wed 2026-11-04: expected X-1 task to dsl; came three-days (X-1, X-2: task to staff, tutor; notice to dsl)"),
        ('{ on = 2026-11-04, row = "X-3", to = ["social_worker"] }', "Wed 2026-11-04: expected X-3 to social_worker; came three-days (X-1, X-2: task to staff, tutor; notice to dsl)"),
    ],
)  # fmt: skip
def test_what_did_not_come_is_said_with_what_came_instead(write, expected, line):
    body = f"marks = ['Mon 2026-11-02  NN NN NN']\nexpect = [{expected}]"

    assert differences(write(example(body))) == [line]


def test_what_must_never_come_is_said_with_its_day(write):
    body = 'marks = [\'Mon 2026-11-02  NN NN NN\']\nnever = ["X-2", "X-3"]'

    assert differences(write(example(body))) == [
        "Wed 2026-11-04: X-2 must never come, but did: three-days (X-1, X-2: task to staff, tutor; notice to dsl)"
    ]


def test_what_may_only_come_on_the_days_under_expect_is_said_on_any_other(write):
    body = """
    marks = ['Mon 2026-11-02  NN NN NN /\\ NN NN NN']
    expect = [{ on = 2026-11-04, row = "X-1" }]
    only = ["X-1"]
    """

    assert differences(write(example(body.replace("expect = [", "expect = [{ on = 2026-11-10, row = 'X-2' }, ")))) == []
    assert differences(write(example(body))) == [
        (
            "Tue 2026-11-10: X-1 may only come on the days under expect, but did: "
            "three-days (X-1, X-2: task to staff, tutor; notice to dsl)"
        )
    ]


def test_dates_may_be_quoted_and_one_recipient_may_stand_alone(write):
    body = """
    pupil = { start_date = "2026-11-02" }
    marks = 'Mon 2026-11-02  NN NN NN'
    as_of = "2026-11-05"
    expect = [{ on = "2026-11-04", row = "X-1", to = "tutor" }]
    """

    assert differences(write(example(body))) == []
    assert problems(write(example(body.replace('"tutor"', '"tutr"')))) == [
        "example 'it': expect[1].to: holds 'tutr': did you mean 'tutor'?"
    ]


def test_a_row_of_another_published_policy_may_be_named_as_one_that_never_comes(write):
    body = f"{MARKS}\nnever = ['S2-10']\nonly = ['S3-26']"

    assert differences(write(example(body))) == []
    assert problems(
        write(example(body.replace("never", "expect").replace("['S2-10']", "[{ on = 2026-11-04, row = 'S2-10' }]")))
    ) == [
        "example 'it': expect[1].row: the policy has no row 'S2-10': there are FLOOR-CME, FLOOR-N-FIVE, FLOOR-RETURN, FLOOR-SICKNESS, FLOOR-TEN-IN-TEN, FLOOR-WORKER, X-1, X-2, X-3, X-4, X-9"
    ]


def test_flags_are_as_in_the_roll(write):
    bodies = [
        'flags = ["looked_after"]\n',
        'flags = "send;looked_after"\n',
        'pupil = { flags = "looked_after" }\n',
    ]
    rest = "marks = ['Mon 2026-11-02  N\\']\nexpect = [{ on = 2026-11-02, row = \"X-3\" }]"

    assert differences(write("".join(example(body + rest, body[:-1].replace('"', "'")) for body in bodies))) == []


def test_a_register_not_complete_at_the_end_of_the_day_is_late(write):
    body = """
    marks = ['Mon 2026-11-02  /\\ -\\ /-']
    expect = [{ on = 2026-11-04, row = "X-4", kind = "task", to = ["staff"] }]
    """
    twice = "marks = ['Mon 2026-11-02  /\\ -\\']\nnever = [\"X-4\"]"

    assert differences(write(example(body) + example(twice, "the morning has no rule"))) == []


def test_days_after_the_last_mark_are_judged_up_to_as_of(write):
    body = "marks = ['Mon 2026-11-02  /\\']\nas_of = 2026-11-03\nexpect = [{ on = 2026-11-03, row = \"X-4\" }]"

    assert differences(write(example(body))) == []


def test_a_part_time_pupil_is_due_at_his_sessions_alone(write):
    body = """
    expected = "Mon AM;Tue AM;Wed AM"
    marks = ['Mon 2026-11-02  N. N[C2] N.']
    expect = [{ on = 2026-11-04, row = "X-1" }]
    never = ["X-4"]
    """

    assert differences(write(example(body))) == []


def test_a_pupil_starts_with_the_first_mark_unless_the_roll_says_otherwise(write):
    late = "marks = ['Mon 2026-11-02  /\\']\nnever = [\"X-4\"]"
    early = """
    pupil = { pupil_id = "P7", start_date = "2026-10-23", end_date = 2026-12-18, surname = "Any", year_group = 9 }
    marks = ['Mon 2026-11-02  /\\']
    expect = [{ on = 2026-10-23, row = "X-4" }]
    """

    assert differences(write(example(late, "late") + example(early, "early"))) == []


def test_a_file_may_bring_its_own_calendar(write):
    head = 'policy = "small.toml"\n[calendar]\nclosed = [2025-11-04]\n[[calendar.term]]\nfirst = 2025-11-03\nlast = 2025-12-19\n'
    body = "marks = ['Mon 2025-11-03  NN NN NN']\nexpect = [{ on = 2025-11-06, row = \"X-1\" }]"

    assert differences(write(example(body), head)) == []


def test_a_shipped_policy_is_named_by_its_id(write):
    body = "marks = ['Mon 2026-11-02  NN NN NN']\nexpect = [{ on = 2026-11-04, row = \"S3-26\" }]"

    assert differences(write(example(body), 'policy = "swift-learning"\n')) == []


def test_a_policy_of_the_folder_above_examples_goes_before_one_that_ships(write, tmp_path):
    path = write(EXAMPLE, 'policy = "swift-learning"\n')
    (tmp_path / "examples").mkdir()
    (tmp_path / "swift-learning.toml").write_text(POLICY, "utf-8")

    assert differences(path.rename(tmp_path / "examples" / "mine.toml")) == []


# --- mistakes -------------------------------------------------------------------------------------------------------

NEVER = 'never = ["X-1"]'
MARKS = "marks = ['Mon 2026-11-02  NN NN NN']"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"marks = ['Tue 2026-11-02  NN']\n{NEVER}", ["example 'it': marks[1]: 2026-11-02 is a Mon, not 'Tue': correct one of them"]),
        (f"marks = ['Mon 2026-11-02  NN NN', 'Tue 2026-11-03 /\\']\n{NEVER}", ["example 'it': marks[2]: Tue 3 Nov 2026 AM has a mark in an earlier line: keep one", "example 'it': marks[2]: Tue 3 Nov 2026 PM has a mark in an earlier line: keep one"]),
        (f"marks = 7\n{NEVER}", ["example 'it': marks: is 7: give a list of lines, or one text of several lines"]),
        (NEVER, ["example 'it': pupil.start_date: is missing: without marks the example must say when the pupil starts", "example 'it': as_of: is missing: give a date like 2026-09-01, without quotes"]),
        (MARKS, ["example 'it': expect: is missing: say what must follow, or under never what must not"]),
        (f"{MARKS}\nnever = ['X-11']", ["example 'it': never[1]: the policy has no row 'X-11': did you mean 'X-1'?"]),
        (f"{MARKS}\nnevr = ['X-1']\n{NEVER}", ["example 'it': nevr: is not a key of this table; did you mean 'never'?"]),
        (f"{MARKS}\nflags = ['looked-after']\n{NEVER}", ["example 'it': flags: holds 'looked-after': did you mean 'looked_after'?"]),
        (f"{MARKS}\nflags = 7\n{NEVER}", ["example 'it': flags: is 7: give a list as [\"send\", \"ehcp\"]"]),
        (f"{MARKS}\nexpected = 'Mon AM;Sat PM'\n{NEVER}", ["example 'it': expected: is 'Mon AM;Sat PM': list sessions as Mon AM;Mon PM;Wed AM, Monday to Friday"]),
        (f"{MARKS}\nexpected = 'Mon AM'\n{NEVER}", ["example 'it': marks: Mon 2 Nov 2026 PM has a mark, but the pupil is not expected then: write . or C2"]),
        (f"{MARKS}\npupil = {{ start_date = 2026-11-03 }}\n{NEVER}", ["example 'it': marks: Mon 2 Nov 2026 AM has a mark, but the pupil is on the roll from 2026-11-03: write ."]),
        (f"{MARKS}\npupil = {{ end_date = 2026-11-03 }}\n{NEVER}", ["example 'it': marks: Wed 4 Nov 2026 AM has a mark, but the pupil is on the roll from 2026-11-02 to 2026-11-03: write ."]),
        (f"{MARKS}\npupil = {{ start_date = '2026-11-2' }}\n{NEVER}", ["example 'it': pupil.start_date: '2026-11-2' is no date: write it as 2026-11-02"]),
        (f"{MARKS}\npupil = {{ start_date = 2026-11-02, end_date = 2026-10-02 }}\n{NEVER}", ["example 'it': pupil.end_date: is 2026-10-02, before start_date 2026-11-02: correct one of them", "example 'it': marks: Mon 2 Nov 2026 AM has a mark, but the pupil is on the roll from 2026-11-02 to 2026-10-02: write ."]),
        (f"{MARKS}\npupil = {{ shoe_size = 38 }}\n{NEVER}", ["example 'it': pupil.shoe_size: is not a key of this table; known here: commissioner, date_of_birth, end_date, flags, forename, home_school_urn, la_code, pupil_id, start_date, surname, upn, year_group"]),
        (f"{MARKS}\npupil = 'P1'\n{NEVER}", ["example 'it': pupil: is 'P1': give a table { ... }"]),
        (f"{MARKS}\nas_of = '5 Nov'\n{NEVER}", ["example 'it': as_of: '5 Nov' is no date: write it as 2026-11-02"]),
        (f"{MARKS}\nas_of = 5\n{NEVER}", ["example 'it': as_of: is 5: give a date like 2026-09-02"]),
        (f"{MARKS}\nevents = ['2026-11-02 contract_agred']\n{NEVER}", ["example 'it': events[1]: 'contract_agred' is no recorded event: did you mean 'contract_agreed'?"]),
        (f"{MARKS}\nevents = ['tomorrow contract_agreed']\n{NEVER}", ["example 'it': events[1]: 'tomorrow' is no date: write it as 2026-11-02"]),
        (f"{MARKS}\nexpect = [{{ on = 2026-11-05, row = 'X-1' }}]", ["example 'it': expect[1].on: Thu 2026-11-05 is after 2026-11-04, the day up to which the example goes: give a later as_of"]),
        (f"{MARKS}\nas_of = 2026-11-09\nexpect = [{{ on = 2026-11-08, row = 'X-1' }}]", ["example 'it': expect[1].on: Sun 2026-11-08 is no school day of the calendar (weekend)"]),
        (f"{MARKS}\nexpect = [{{ on = 2026-11-04, row = 'X-1', kind = 'letter' }}]", ["example 'it': expect[1].kind: is 'letter': give one of \"notice\", \"task\", \"document\", \"referral\""]),
        (f"{MARKS}\nexpect = [{{ on = 2026-11-04, row = 'X-1', to = ['tutors'] }}]", ["example 'it': expect[1].to: holds 'tutors': did you mean 'tutor'?"]),
        (f"{MARKS}\nexpect = [{{ row = 'X-1', then = 'task' }}]", ["example 'it': expect[1].on: is missing: give a date like 2026-09-01, without quotes", "example 'it': expect[1].then: is not a key of this table; known here: kind, on, row, to"]),
        (f"{MARKS}\nexpect = 'X-1'", ["example 'it': expect: is 'X-1': give a list of tables { ... }"]),
    ],
)  # fmt: skip
def test_a_mistake_is_said_in_one_line_with_its_example_and_key(write, body, said):
    assert problems(write(example(body))) == said


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("", ["policy: is missing: give a text in quotes"]),
        ('policy = "swift-lerning"\n', ["policy: swift-lerning: names no policy: did you mean 'swift-learning'?"]),
        ('policy = "small.toml"\npolcy = 1\n', ["polcy: is not a key of this table; did you mean 'policy'?"]),
        ('policy = "small.toml"\ncalendar = 2026\n', ["calendar: must be a table with [[calendar.term]] and closed"]),
        ('policy = "small.toml"\n[calendar]\nclosd = []\n[[calendar.term]]\nfirst = 2026-09-02\nlast = 2026-12-18\n', ["calendar.closd: is not a key here: did you mean 'closed'?"]),
        ('policy = "small.toml"\n[calendar]\n[[calendar.term]]\nfirst = 2026-09-02\nlast = 2026-08-18\n', ["calendar.term[1].last: is before first: correct one of them"]),
    ],
)  # fmt: skip
def test_a_mistake_above_the_examples_is_said_with_its_key(write, head, said):
    assert problems(write(EXAMPLE, head)) == said


def test_a_policy_that_is_not_in_order_is_reported_in_its_own_words(write, tmp_path):
    path = write(EXAMPLE, 'policy = "broken.toml"\n')
    (tmp_path / "broken.toml").write_text(POLICY.replace('"unexplained"', '"unexplaned"', 1), "utf-8")

    [said] = problems(path)

    assert said.startswith(
        f"policy: {tmp_path}/broken.toml: rule 'three-days': when.category: is 'unexplaned': give one of"
    )


def test_a_policy_file_that_is_not_there_is_named(write, tmp_path):
    assert problems(write(EXAMPLE, 'policy = "gone.toml"\n')) == [
        f"policy: {tmp_path}/gone.toml: is not there: name a policy that ships, or a file"
    ]


def test_marks_in_double_quotes_are_explained(write):
    [said] = problems(write(example(f'marks = ["Mon 2026-11-02  /\\\\ N\\N"]\n{NEVER}'.replace("\\\\", "\\"))))

    assert said.startswith("is not TOML (")
    assert said.endswith("put marks in single quotes, for \\ means something else in double ones")


def test_two_examples_of_one_name_are_told_apart(write):
    assert problems(write(EXAMPLE + EXAMPLE)) == [
        "example 'three days': name: is used twice: give every example its own"
    ]


def test_an_example_without_a_name_is_known_by_its_number(write):
    assert problems(write(EXAMPLE + f"[[example]]\n{MARKS}\n{NEVER}")) == [
        "example 2: name: is missing: give a text in quotes"
    ]


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_says_of_each_example_how_it_went(write):
    path = write(EXAMPLE + example(f"{MARKS}\n{NEVER}", "never"))

    assert policy_test(path) == (
        1,
        (
            "ok     mine.toml: three days\n"
            "FAILED mine.toml: never\n"
            "         Wed 2026-11-04: X-1 must never come, but did: three-days (X-1, X-2: task to staff, tutor; notice to dsl)\n"
            "2 examples: 1 ok, 1 failed\n"
        ),
        "",
    )


def test_all_well_is_exit_0(write):
    assert policy_test(write(EXAMPLE)) == (0, "ok     mine.toml: three days\n1 example: 1 ok\n", "")


def test_a_file_with_mistakes_is_exit_2_and_its_other_examples_run(write):
    path = write(EXAMPLE + example("marks = ['Mon 2026-11-02  XX QQQ']\nnever = ['X-1']", "bad"))

    code, out, err = policy_test(path)

    assert (code, out) == (2, "ok     mine.toml: three days\n1 example: 1 ok; 1 mistake in the files\n")
    assert err.startswith(f"{path}: example 'bad': marks[1]: 'QQQ' is no pair of marks: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "is not there: name a file of worked examples"), ("", "is empty: "), ("x = [", "is not TOML (")],
)
def test_a_file_that_cannot_be_read_is_exit_2(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_text(text)

    code, out, err = policy_test(path)

    assert (code, out) == (2, "0 examples: 0 ok; 1 mistake in the files\n")
    assert err.startswith(f"{path}: {said}")


def test_json_says_the_same(write):
    code, out, err = policy_test(write(EXAMPLE + example(f"{MARKS}\n{NEVER}", "never")), "--json")

    found = json.loads(out)
    assert (code, err, found["passed"], found["failed"], found["problems"]) == (1, "", 1, 1, [])
    assert [(each["name"], each["ok"]) for each in found["examples"]] == [("three days", True), ("never", False)]
    assert found["examples"][1]["unwanted"] == [{"on": "2026-11-04", "row": "X-1", "rule": "three-days"}]


def test_without_a_file_those_that_ship_are_run(monkeypatch, write):
    monkeypatch.setattr("app.commands.policy.FOLDER", write(EXAMPLE, name="shipped.toml").parent)
    (write(EXAMPLE).parent / "small.toml").unlink()

    code, out, err = policy_test()

    assert code == 2
    assert out.splitlines()[-1].startswith("0 examples")
    assert "small.toml" in err


def test_no_name_of_a_pupil_is_ever_quoted(write):
    surname, forename = CANARY
    pupil = (
        f'pupil = {{ surname = "{surname}", forename = "{forename}", date_of_birth = 2011-03-14, start_date = "x" }}'
    )

    code, out, err = policy_test(write(example(f"{pupil}\n{MARKS}\nnever = ['X-3']")))

    assert code == 2
    assert not any(name in out + err for name in CANARY)
