"""The commands of people as they type them: ids only, the same twice, and a sentence where it cannot be."""

import json
from datetime import timedelta

import pytest

from app.people.tasking import Report, finish
from tests.app.test_cli import BEGIN, MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY

AFTER_TEN_DAYS = {"p1": "NN*10", "p2": r"/\*10"}


@pytest.fixture
def asked(stand):  # noqa: F811
    """A school with ten days' absence, judged: tasks are open and one referral waits."""
    stand.placements[0] |= {"la_code": "937"}
    stand.drop(MONDAY, **AFTER_TEN_DAYS)
    stand.write()
    relay("pull", "--config", stand.operator)
    relay("decide", "--config", stand.operator)
    return stand


def open_tasks(asked, *more):
    return answer("tasks", "list", "--config", asked.operator, *more)[1]["tasks"]


def dsl_task(asked):
    """What the safeguarding lead is asked to do apart from checking documents."""
    [task] = [each for each in open_tasks(asked, "--role", "dsl") if not each["about"]]
    return task


def waiting(asked):
    return answer("approve", "list", "--config", asked.operator)[1]["approvals"]


def test_tasks_are_listed_by_due_date_with_ids_only(asked):
    tasks = open_tasks(asked)

    assert [each["due_on"] for each in tasks] == sorted(each["due_on"] for each in tasks)
    assert {each["pupil_id"] for each in tasks} == {"p1"}
    assert {each["role"] for each in tasks} >= {"staff", "head_of_provision", "dsl"}


def test_tasks_can_be_narrowed_to_a_role_a_school_or_what_is_overdue(asked):
    assert {each["role"] for each in open_tasks(asked, "--role", "dsl")} == {"dsl"}
    assert open_tasks(asked, "--school", "lane") == open_tasks(asked)
    assert all(each["is_overdue"] for each in open_tasks(asked, "--overdue"))
    code, _, err = relay("tasks", "list", "--config", asked.operator, "--school", "nowhere")
    assert (code, err) == (2, "--school nowhere: there is no such school in relay.toml; there are lane\n")


def test_tasks_for_a_person_are_a_table_and_a_count(asked):
    code, out, err = relay("tasks", "list", "--config", asked.operator, "--role", "dsl")

    assert (code, err) == (0, "")
    assert "Go on trying to find the child" in out
    assert out.splitlines()[-1] == "2 open"


def test_a_task_is_done_once_and_the_second_time_changes_nothing(asked):
    task = dsl_task(asked)
    words = ("tasks", "done", task["id"], "--config", asked.operator, "--by", "dsl", "--note", "rang", "--outcome")

    assert relay(*words, "no_answer") == (0, f"task {task['id']} is done\n", "")
    code, out, _ = relay(*words, "reached")
    assert (code, out.startswith(f"task {task['id']} was already done on ")) == (0, True)
    kept = asked.store.tasks.get(task["id"])
    assert (kept.done_by, kept.note, kept.outcome, kept.method) == ("dsl", "rang", "no_answer", "other")
    assert task["id"] not in {each["id"] for each in open_tasks(asked, "--role", "dsl")}


def test_a_task_that_is_not_there_is_refused_with_those_there_are(asked):
    task = dsl_task(asked)

    code, out, err = relay("tasks", "done", "t9", "--config", asked.operator, "--by", "dsl", "--note", "rang")

    assert (code, out) == (1, "")
    assert err.startswith("task t9: there is no such task; open tasks there are: ")
    assert task["id"] in err


def test_a_withdrawn_task_is_refused_with_the_reason(asked):
    task = dsl_task(asked)
    with asked.store.transaction():
        asked.store.tasks.withdraw(task["decision_id"], asked.relay.now(), "a register was corrected")

    answered = finish(asked.relay, task["id"], Report(by="dsl", note="rang"))

    assert not answered.is_ok
    assert answered.sentence.endswith(": a register was corrected")


@pytest.mark.parametrize("outcome", ["ill", "visited"])
def test_an_outcome_outside_the_closed_words_is_refused(asked, outcome):
    task = dsl_task(asked)

    code, _, err = relay(
        *("tasks", "done", task["id"], "--config", asked.operator, "--by", "dsl", "--note", "rang"),
        "--outcome",
        outcome,
    )

    assert code == 2
    assert "visited_nobody_in" in err


def test_what_waits_is_listed_approved_once_and_gone(asked):
    [approval] = waiting(asked)
    words = ("approve", approval["id"], "--config", asked.operator, "--by", "head_of_provision")

    code, out, _ = relay(*words)
    assert (code, out) == (0, f"approval {approval['id']} is given: the referral leaves with the next delivery\n")
    code, said = answer(*words)
    assert (code, said["is_ok"]) == (0, True)
    assert "already given" in said["sentence"]
    assert len(asked.messages("notice.referral")) == 1
    assert waiting(asked) == []
    assert relay("approve", "list", "--config", asked.operator) == (0, "0 waiting\n", "")


def test_an_approval_needs_somebody_who_gives_it(asked):
    [approval] = waiting(asked)

    code, _, err = relay("approve", approval["id"], "--config", asked.operator)

    assert code == 2
    assert "say who approves" in err
    assert asked.messages("notice.referral") == []


def test_an_unknown_approval_exits_1(asked):
    code, _, err = relay("approve", "nothing", "--config", asked.operator, "--by", "dsl")

    assert code == 1
    assert err.startswith("approval nothing: there is none; waiting approvals there are: ")


def test_status_shows_who_is_asked_for_what(asked):
    said = answer("status", "--config", asked.operator)[1]

    roles = {each["role"]: each["open"] for each in said["tasks"]["by_role"]}
    assert roles["dsl"] == 2
    assert sum(roles.values()) == said["tasks"]["open"]
    assert [each["id"] for each in said["approvals"]] == [waiting(asked)[0]["id"]]
    assert "open" in said["documents"]


#: Every command that reports about pupils; ``write`` and ``show`` are the place where names belong.
REPORTS = [
    ("tasks", "list"),
    ("approve", "list"),
    ("documents", "list"),
    ("documents", "list", "--open"),
    ("explain", "p1"),
    ("status",),
    ("decide",),
    ("deliver",),
]


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_no_command_names_a_pupil(asked, words, form):
    _, out, err = relay(*words, "--config", asked.operator, *form)

    assert not [name for name in CANARY if name in out + err]
    assert "p1" in out + err or words[0] in {"decide", "deliver"}


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_writing_documents_names_nobody_but_in_them(asked, form):
    folder = asked.folder / "documents"

    code, out, err = relay("documents", "write", folder, "--config", asked.operator, *form)

    assert code == 0
    assert not [name for name in CANARY if name in out + err]
    assert [path for path in folder.iterdir() if CANARY[0] in path.read_text()]
    assert relay("documents", "write", folder, "--config", asked.operator)[1].startswith("0 written, ")


def test_a_document_is_shown_as_text_and_as_a_page(asked):
    documents = answer("documents", "list", "--open", "--config", asked.operator)[1]["documents"]
    pack = next(each["id"] for each in documents if each["template"] == "cme-pack")

    code, text, err = relay("documents", "show", pack, "--config", asked.operator)
    assert (code, err) == (0, "")
    assert CANARY[0] in text
    assert relay("documents", "show", pack, "--html", "--config", asked.operator)[1].startswith("<!")


def test_a_document_that_is_not_there_is_refused_with_those_there_are(asked):
    code, out, err = relay("documents", "show", "d9", "--config", asked.operator)

    assert (code, out) == (1, "")
    assert err.startswith("document d9: there is no such document; open documents there are: ")


def test_a_document_is_closed_with_its_task(asked):
    [first, *_] = answer("documents", "list", "--open", "--config", asked.operator)[1]["documents"]
    for task in open_tasks(asked):
        if task["about"] == first["id"]:
            relay("tasks", "done", task["id"], "--config", asked.operator, "--by", "dsl", "--note", "sent")

    documents = answer("documents", "list", "--config", asked.operator)[1]["documents"]
    assert {each["id"]: each["state"] for each in documents}[first["id"]] == "done"


def test_explain_says_which_rule_fired_and_which_did_not(asked):
    tenth = BEGIN + timedelta(days=11)

    code, out, err = relay("explain", "p1", "--on", tenth, "--config", asked.operator)

    assert (code, err) == (0, "")
    assert "fired: ten-days-unexplained" in out
    assert "did not fire: floor-fifteen-days-of-illness" in out
    assert relay("explain", "p9", "--config", asked.operator)[::2] == (
        1,
        "pupil p9: placements.csv has nobody of this id at lane\n",
    )


def test_every_answer_is_one_object_for_a_machine(asked):
    code, out, _ = relay("approve", "nothing", "--config", asked.operator, "--by", "dsl", "--json")

    assert code == 1
    assert json.loads(out)["is_ok"] is False
