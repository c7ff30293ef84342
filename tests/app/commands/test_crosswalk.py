"""`crosswalk` as it is typed: who waits, who it is said to be, and by whom; no name in any line."""

import pytest

from tests.app.builders import placement
from tests.app.test_cli import MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY, upn


@pytest.fixture
def stranger(stand):  # noqa: F811
    """A pupil in the file whom placements.csv does not know."""
    stand.placements.append(placement("p3", 77))
    stand.drop(MONDAY, p1="//", p3="N/")
    stand.placements.pop()
    stand.write()
    assert relay("pull", "--config", stand.operator)[0] == 0
    return stand


def test_nobody_waiting_is_fine(stand):  # noqa: F811
    assert relay("crosswalk", "list", "--config", stand.operator) == (0, "nobody waits to be matched\n", "")
    assert answer("crosswalk", "list", "--config", stand.operator) == (0, {"proposals": [], "approved": []})


def test_who_waits_is_listed_by_id_and_makes_exit_1(stranger):
    code, said = answer("crosswalk", "list", "--config", stranger.operator)
    _, out, err = relay("crosswalk", "list", "--config", stranger.operator)

    [row] = said["proposals"]
    assert (code, row["platform_id"], row["upn"], row["marks"]) == (1, "4077", "permanent", 2)
    assert out.splitlines()[-1] == "1 to be matched"
    assert [secret for secret in (*CANARY, upn(77)) if secret in out + err + str(said)] == []


def test_an_approval_is_kept_with_who_gave_it(stranger):
    where = ("--config", stranger.operator)
    code, out, _ = relay("crosswalk", "approve", "lane", "4077", "p2", "--by", "A. Admin", *where)
    listed, said = answer("crosswalk", "list", *where)

    assert (code, out.endswith("2 rows held before could be recorded now\n")) == (0, True)
    [row] = said["approved"]
    assert (listed, row["pupil_id"], row["approved_by"], row["ended_by"]) == (0, "p2", "A. Admin", None)


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        pytest.param("approve lane 4077 p9", 1, "placements.csv has no pupil p9 at lane", id="nobody of the files"),
        pytest.param("approve lane 9999 p1", 1, "platform id with waiting marks there are: 4077", id="a mistyped id"),
        pytest.param("approve hill 4077 p1", 2, "there is no such school in relay.toml", id="a mistyped school"),
        pytest.param("end lane 4077", 1, "nothing is approved about 4077 at lane", id="nothing to end"),
        pytest.param("refuse lane 9999 --note x", 1, "no mark of platform id 9999 waits", id="nothing to refuse"),
        pytest.param("refuse lane 4077 --note elsewhere", 0, "2 rows stay held", id="refused"),
    ],
)
def test_what_the_commands_answer(stranger, command, code, says):
    got, out, err = relay("crosswalk", *command.split(), "--by", "A. Admin", "--config", stranger.operator)

    assert got == code
    assert says in out + err


def test_check_and_status_say_who_waits(stranger):
    _, out, _ = relay("check", "--config", stranger.operator)
    _, said = answer("status", "--config", stranger.operator)

    assert (
        "school lane: crosswalk: 1 pupil of the platform with 2 held marks to be matched by a person, 0 with a "
        "suggestion: see `crosswalk list`"
    ) in out
    assert [each["to_be_matched"] for each in said["schools"] if each["school"] == "lane"] == [1]
