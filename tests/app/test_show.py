"""A policy as the paper a head teacher signs, on a terminal and as a page."""

import re
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.policy.files import find
from app.policy.paper.layout import paper
from app.policy.problems import loaded
from config.loading import SHIPPED

MINE = """
# Who may do what is chosen here (A26).

[policy]
id = "mine"
name = "Mine & <ours>"
version = "2"
valid_from = 2026-09-01
review_by = 2027-08-31
source = "our own text"
target = 95
mutable_by = ["head_of_provision"]
overdue = { to = ["senior_lead"], after_school_days = 2 }

[[also_tell]]
rows = ["X-7"]
flags = ["looked_after"]
to = ["social_worker"]

[[ladder]]
id = "days-absent"
fires = "highest_only"

# Two days come first. Five days are a week (A9).
[[rule]]
id = "two"
rows = ["X-1", "X-2"]
says = "Two days: ring."
ladder = "days-absent"
rung = 1
once_per = "term"
population = { flags_any = ["send"] }
mutable_by = []
when = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 2, at_most = 4 }

  [[rule.then]]
  kind = "task"
  to = ["attendance_team"]
  says = "Ring the family."
  due_school_days = 0
  repeats = "each_school_day"

  [[rule.then]]
  kind = "document"
  to = ["tutor", "key_worker"]
  says = "Write the plan."
  template = "action-plan"
  due_school_days = 5

[[rule]]
id = "few"
rows = ["X-3"]
says = "One day is nothing."
once_per = "run"
when = { metric = "consecutive", unit = "session", category = "absent", at_least = 1 }
no_action = "one session is left alone"

[[rule]]
id = "ten"
rows = ["X-4", "FLOOR-CME"]
says = "Ten days: refer."
once_per = "run"
when = { metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 10 }

  [[rule.then]]
  kind = "referral"
  to = ["local_authority"]
  says = "Please take this up."
  template = "cme-referral"
  approval = "as_authority"
  due_school_days = 1

[[rule]]
id = "later"
rows = ["X-5"]
says = "Look again."
once_per = "day"
needs = "two"
when = { metric = "review", unit = "school_day", of = "two", after_school_days = 5, measure = "still_holds" }

  [[rule.then]]
  kind = "notice"
  to = ["home_school"]
  says = "Please help."
  approval = "one"
  due_school_days = 2

[[covered]]
rows = ["X-6"]
by = "human"
says = "Only a person can judge it."

[[covered]]
rows = ["X-8"]
by = "feed"
says = "The feed carries it."
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE, "utf-8")
    return path


def laid_out(path):
    source, floor = find([str(path), "floor"], None)
    return paper(source, floor, loaded(source))


def show(*words):
    done = CliRunner().invoke(cli, ["policy", "show", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_head_of_the_paper_says_what_is_signed(mine):
    sheet = laid_out(mine)

    assert sheet.title == "Mine & <ours>"
    assert sheet.facts == (
        ("Version", "2"),
        ("Valid from", "1 September 2026"),
        ("To be reviewed by", "31 August 2027"),
        ("Published text", "our own text"),
        ("Target", "95 % attendance"),
    )


def test_a_ladder_is_one_table_and_single_rules_follow_by_what_they_look_at(mine):
    assert [(section.title, section.note) for section in laid_out(mine).sections] == [
        ("Ladder: days absent", "only the highest rung reached fires"),
        ("Absence that adds up", ""),
        ("Reviews", ""),
        ("The floor", "added to every policy"),
    ]


def test_a_rung_says_when_for_whom_what_who_by_when_and_which_rows(mine):
    (line,) = laid_out(mine).sections[0].lines

    assert line.when == "1. 2 to 4 school days running absent"
    assert line.limits == ("only pupils with SEND", "once a term", "may be muted by nobody")
    assert line.rows == ("X-1", "X-2")
    assert [(act.what, act.kind, act.who, act.by_when) for act in line.acts] == [
        ("Ring the family.", "task", "attendance team", "the same day, each school day"),
        ("Write the plan.", "document action-plan", "tutor, key worker", "5 school days"),
    ]


def test_a_rule_without_an_action_says_why(mine):
    (act,) = laid_out(mine).sections[1].lines[0].acts

    assert (act.what, act.kind, act.who, act.by_when) == ("one session is left alone", "no action", "", "")


def test_approval_and_prerequisite_stand_beside_what_they_limit(mine):
    sections = laid_out(mine).sections

    assert sections[1].lines[1].acts[0].kind == "referral cme-referral, approval as the authority's profile says"
    assert sections[1].lines[1].acts[0].by_when == "the next school day"
    assert sections[2].lines[0].acts[0].kind == "notice, one person approves"
    assert sections[2].lines[0].limits == ("after 'two' has fired",)


def test_what_the_policy_does_itself_is_not_said_again_under_the_floor(mine):
    floor = laid_out(mine).sections[-1]

    assert "FLOOR-RETURN" in [row for line in floor.lines for row in line.rows]
    assert "10 school days running absent without explanation" not in [line.when for line in floor.lines]
    assert {line.limits[-1] for line in floor.lines} == {"nobody can mute it"}


def test_a_rule_that_the_floor_asks_for_too_does_what_either_wants(mine):
    line = laid_out(mine).sections[1].lines[1]

    assert line.rows == ("X-4", "FLOOR-CME")
    assert line.limits == ("nobody can mute it: the floor asks for it, too",)
    assert [(act.kind, act.who) for act in line.acts] == [
        ("referral cme-referral, approval as the authority's profile says", "local authority"),
        ("document cme-pack", "DSL, head of provision"),
        ("task", "DSL, head of provision"),
    ]


def test_the_floor_itself_has_no_floor_under_it():
    code, out, _ = show("floor")

    assert code == 0
    assert "The floor" not in out
    assert "nobody can mute it" in re.sub(r"\s+", " ", out)


def test_what_holds_for_all_rules_is_said(mine):
    assert laid_out(mine).standing == (
        ("Who may mute a rule", "head of provision"),
        ("A task not done in time", "senior lead is asked 2 school days later"),
        ("Every notice and referral about looked-after children", "goes to social worker as well (X-7)"),
    )


def test_people_alone_and_the_rest_are_listed_apart(mine):
    sheet = laid_out(mine)

    assert sheet.people == (("X-6", "Only a person can judge it."),)
    assert sheet.otherwise == (("X-8", "feed: The feed carries it."),)


def test_a_choice_is_the_sentence_that_names_the_question(mine):
    choices = {each.number: each.chosen for each in laid_out(mine).choices}

    assert choices == {"A9": "Five days are a week.", "A26": "Who may do what is chosen here."}


def test_a_question_of_the_published_text_that_the_file_is_silent_about_is_said_to_be(mine):
    mine.write_text(MINE.replace('version = "2"', 'version = "2"\nseed = "S3"'), "utf-8")
    choices = {each.number: each.chosen for each in laid_out(mine).choices}

    assert choices["A9"] == "Five days are a week."
    assert choices["A10"] == "Not said in this file"
    assert "A26" not in choices


def test_a_file_that_names_no_open_question_shows_none(mine):
    mine.write_text(MINE.replace("(A9)", "").replace("(A26)", ""), "utf-8")
    code, out, _ = show(mine)

    assert code == 0
    assert "leaves open" not in out


def test_only_roles_that_have_something_to_do_are_explained(mine):
    roles = dict(laid_out(mine).roles)

    assert roles["key worker"] == "the pupil's key worker at the provider"
    assert "commissioner" not in roles


def test_the_paper_stays_within_eighty_columns(mine):
    code, out, err = show(mine)

    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    words = re.sub(r"\s+", " ", out)
    assert "Mine & <ours>" in words
    assert "1. 2 to 4 school days Ring the family. [task] attendance the same X-1" in words
    assert "Head teacher" in words


@pytest.mark.parametrize("name", sorted(path.stem for path in (SHIPPED / "policies").glob("*.toml")))
def test_every_policy_that_ships_can_be_shown(name):
    code, out, _ = show(name)

    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "Not said in this file" not in re.sub(r"\s+", " ", out)


class Page(HTMLParser):
    """Collects the text of each cell and heading, and checks that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "col"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], " ".join(data.split())))


def test_the_page_says_the_same_and_needs_no_other_file(mine, tmp_path):
    target = tmp_path / "mine.html"
    code, out, _ = show(mine, "--html", target)
    text = target.read_text("utf-8")
    page = Page()
    page.feed(text)

    assert (code, out) == (0, f"wrote {target}\n")
    assert page.open == []
    for expected in [
        ("title", "Mine & <ours>"),
        ("h1", "Mine & <ours>"),
        ("h2", "Ladder: days absent"),
        ("td", "1. 2 to 4 school days running absent"),
        ("td", "Ring the family."),
        ("span", "document action-plan"),
        ("span", "X-1"),
        ("td", "attendance team"),
        ("dd", "Only a person can judge it."),
        ("td", "Five days are a week."),
        ("span", "Designated safeguarding lead"),
    ]:
        assert expected in page.texts
    assert not re.search(r"(src|href|url)\s*[=(]", text)


def test_an_operators_own_page_comes_before_the_one_that_ships(mine, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "policy-paper.html.j2").write_text("<p>{{ paper.title }}</p>", "utf-8")
    target = tmp_path / "mine.html"
    show(mine, "--html", target, "--config", tmp_path)

    assert target.read_text("utf-8") == "<p>Mine &amp; &lt;ours&gt;</p>"


def test_a_policy_that_does_not_load_is_not_shown(mine):
    mine.write_text(MINE.replace('kind = "notice"', 'kind = "postcard"'), "utf-8")
    code, out, err = show(mine)

    assert (code, out) == (2, "")
    assert "mine.toml: rule 'later': then[1].kind: is 'postcard': give one of" in err


def test_a_page_that_cannot_be_written_is_said(mine, tmp_path):
    code, _, err = show(mine, "--html", tmp_path / "nowhere" / "mine.html")

    assert code == 2
    assert err.endswith("cannot be written (No such file or directory): name a file in a folder of yours\n")
