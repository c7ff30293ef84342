"""``acknowledge`` as people type it."""

import json

import pytest

from tests.app.test_cli import MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY


@pytest.fixture
def told(stand):  # noqa: F811
    """Ten days' absence in Warwickshire, whose folder has the notices."""
    stand.placements[0] |= {"la_code": "937"}
    stand.drop(MONDAY, p1="NN*10", p2=r"/\*10")
    stand.write()
    for command in ("pull", "decide", "deliver"):
        relay(command, "--config", stand.operator)
    return stand


def listed(told):
    return answer("acknowledge", "list", "--config", told.operator)[1]["notices"]


def to_council(told):
    """The notice that lies in Warwickshire's folder."""
    return next(each for each in listed(told) if (each["role"], each["state"]) == ("local_authority", "delivered"))


def test_what_nobody_acknowledged_is_listed_with_ids_only(told):
    code, out, err = relay("acknowledge", "list", "--config", told.operator)

    assert (code, err) == (0, "")
    assert f"{len(listed(told))} not acknowledged" in out
    assert not [name for name in CANARY if name in out + json.dumps(listed(told))]


def test_a_notice_is_acknowledged_by_its_reference(told):
    ref = to_council(told)["notice_ref"]

    code, out, _ = relay("acknowledge", ref, "--config", told.operator, "--by", "local_authority")

    assert (code, out) == (0, f"notice {ref} is acknowledged by the local authority\n")
    assert ref not in [each["notice_ref"] for each in listed(told)]
    again = answer("acknowledge", ref, "--config", told.operator, "--by", "local_authority")
    assert (again[0], again[1]["is_ok"]) == (0, True)


def test_nobody_acknowledges_without_saying_who(told):
    code, _, err = relay("acknowledge", "A7C3-K9MP", "--config", told.operator)

    assert code == 2
    assert "say who acknowledged it: --by local_authority" in " ".join(err.replace("│", " ").split())


def test_what_cannot_be_acknowledged_exits_1_with_its_reason(told):
    code, _, err = relay("acknowledge", "A7C3-K9MP", "--config", told.operator, "--by", "local_authority")

    assert code == 1
    assert "notice A7C3-K9MP: there is none; awaited notices there are: " in err
    later = ("--at", "2099-01-01 09:00")
    ref = to_council(told)["notice_ref"]
    assert relay("acknowledge", ref, "--config", told.operator, "--by", "local_authority", *later)[0] == 1
