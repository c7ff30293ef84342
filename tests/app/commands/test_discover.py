"""`discover` as it is typed: what it prints, what it writes, and how it ends where the platform refuses."""

import pytest

from tests.app.test_cli import MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY, upn


@pytest.fixture
def provider(stand):  # noqa: F811
    """A provider whose file holds a symbol that no table has."""
    path = stand.drop(MONDAY, p1="//", p2="N/")
    path.write_text(path.read_text().replace(",N", ",Q9"))
    return stand


def test_what_is_offered_is_shown_without_a_name(provider):
    code, out, err = relay("discover", "lane", "--config", provider.operator)

    assert code == 0
    assert out.splitlines()[0].endswith("2 pupils, 2 of them known to placements.csv")
    assert "+Q9,,1 mark; ask the school" in out.splitlines()
    assert [secret for secret in (*CANARY, upn(1), upn(2)) if secret in out + err] == []


def test_the_same_is_there_for_programs(provider):
    code, said = answer("discover", "lane", "--config", provider.operator)

    assert (code, said["school"], said["pupils"], said["matched"], said["written"]) == (0, "lane", 2, 2, [])
    assert [(each["symbol"], each["table"]) for each in said["codes"]] == [("/", "/"), ("Q9", None)]
    assert [each["file"] for each in said["proposed"]] == ["codes/lane.csv"]


def test_a_second_write_replaces_nothing(provider, tmp_path):
    where = ("--config", provider.operator, "--write", tmp_path / "proposed")
    assert relay("discover", "lane", *where)[0] == 0

    code, _, err = relay("discover", "lane", *where)

    assert (code, err.splitlines()) == (
        1,
        [f"{tmp_path}/proposed/codes/lane.csv is there already, and no file is replaced: name another folder"],
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(["lane"], 1, "the folder holds no complete file: have one sent, then look again", id="empty"),
        pytest.param(["hill"], 2, "there is no such school in relay.toml", id="a mistyped school"),
        pytest.param(
            ["lane", "--from", "2026-11-03", "--to", "2026-11-02"], 2, "no day is between them", id="dates crossed"
        ),
    ],
)
def test_what_goes_wrong_is_one_sentence(stand, words, code, says):  # noqa: F811
    stand.write()

    got, _, err = relay("discover", *words, "--config", stand.operator)

    assert (got, len(err.splitlines())) == (code, 1)
    assert says in err


def test_a_known_provider_has_nothing_to_add(stand):  # noqa: F811
    stand.drop(MONDAY, p1="//")

    code, out, _ = relay("discover", "lane", "--config", stand.operator)

    assert (code, out.splitlines()[-1]) == (0, "nothing to add: code table and profile know everything that was seen")
