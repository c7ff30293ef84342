"""The commands about changes of marks as they are typed: ids only, a person's yes or no, and everything that happened."""

import pytest

from tests.app.test_cli import BEGIN, MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY


@pytest.fixture
def proposed(stand):  # noqa: F811
    """A school in which the N of a Monday stands after five school days."""
    stand.drop(MONDAY, p1=r"N\ /\*9", p2=r"/\*10")
    stand.write()
    relay("pull", "--config", stand.operator)
    relay("decide", "--config", stand.operator)
    return stand


def changes(proposed, *more):
    return answer("changes", "list", "--config", proposed.operator, *more)[1]["changes"]


def say(proposed, verb, *more):
    [change] = changes(proposed)
    return relay("changes", verb, change["id"][:8], "--config", proposed.operator, *more)


def test_a_change_is_listed_with_its_session_its_codes_and_its_deadline(proposed):
    [change] = changes(proposed)

    assert {name: change[name] for name in ("school", "pupil_id", "session", "from", "to", "state", "by")} == {
        "school": "lane",
        "pupil_id": "p1",
        "session": f"{BEGIN} AM",
        "from": "N",
        "to": "O",
        "state": "proposed",
        "by": "relay",
    }
    assert change["due_on"] > BEGIN.isoformat()


def test_the_list_can_be_narrowed_to_a_state_or_a_school(proposed):
    assert changes(proposed, "--state", "proposed") == changes(proposed)
    assert changes(proposed, "--state", "confirmed") == []
    assert changes(proposed, "--school", "lane") == changes(proposed)
    assert relay("changes", "list", "--config", proposed.operator, "--school", "nowhere")[0] == 2


def test_for_a_person_the_list_is_a_table_and_a_count(proposed):
    code, out, err = relay("changes", "list", "--config", proposed.operator)

    assert (code, err) == (0, "")
    assert "proposed" in out
    assert out.splitlines()[-1] == "1 change listed"
    assert [word for word in CANARY if word in out] == []


def test_an_approval_asks_a_person_where_nothing_is_written_back(proposed):
    code, out, _ = say(proposed, "approve", "--code", "I", "--by", "A Clerk")

    assert code == 0
    assert out.endswith("staff is asked to enter I in clm; the task closes when a pull shows it\n")
    tasks = answer("tasks", "list", "--config", proposed.operator)[1]["tasks"]
    assert "Enter I instead of N" in " ".join(task["says"] for task in tasks)


def test_a_wrong_code_or_nobody_s_word_is_refused_with_exit_1(proposed):
    assert say(proposed, "approve", "--code", "H", "--by", "A Clerk")[0] == 1
    code, _, err = say(proposed, "approve", "--code", "O", "--by", "admin")
    assert (code, err) == (
        1,
        "--by admin: the reason of an absence is recorded on the word of the provider's own staff\n",
    )
    assert say(proposed, "approve", "--code", "O")[0] == 2


def test_a_refusal_needs_a_note_and_is_kept(proposed):
    assert say(proposed, "refuse", "--by", "A Clerk")[0] == 2

    code, out, _ = say(proposed, "refuse", "--by", "A Clerk", "--note", "the family is to be asked again")

    assert (code, "is refused: nothing is written" in out) == (0, True)
    [change] = changes(proposed)
    assert (change["state"], change["by"], change["note"]) == ("refused", "A Clerk", "the family is to be asked again")


def test_one_change_shows_everything_that_happened_to_it(proposed):
    say(proposed, "approve", "--code", "I", "--by", "A Clerk", "--note", "rang home")
    [change] = changes(proposed)

    code, shown = answer("changes", "show", change["id"], "--config", proposed.operator)

    assert code == 0
    steps = [(step["state"], step["said_by"], step["code"], step["note"]) for step in shown["change"]["steps"]]
    assert steps == [("proposed", "relay", "O", ""), ("approved", "A Clerk", "I", "rang home")]
    assert say(proposed, "show")[1].startswith(f"approved: N to I for pupil p1 at lane, {BEGIN} AM, due on ")


def test_a_change_that_is_not_there_is_said_with_exit_1(proposed):
    code, out, err = relay("changes", "show", "zz", "--config", proposed.operator)

    assert (code, out) == (1, "")
    assert err == "there is no change zz: `attendance-relay changes list` shows the ids\n"


def test_status_counts_what_is_not_over(proposed):
    assert answer("status", "--config", proposed.operator)[1]["mark_changes"] == {"open": {"proposed": 1}, "stuck": []}
    assert "changes of marks: 1 proposed" in relay("status", "--config", proposed.operator)[1]
