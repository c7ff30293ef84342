"""`hold` and `contacts` as they are typed: what waits, why, and who let it go; no name and no address in any line."""

import pytest

from app.safety.confirming import code_of
from tests.app.builders import contact, placement
from tests.app.test_cli import BEGIN, MONDAY, answer, relay, stand  # noqa: F401 - a fixture
from tests.builders import CANARY

PUPILS = [f"p{number}" for number in range(1, 13)]
NEW = "new@council.example"


@pytest.fixture
def surge(stand):  # noqa: F811
    """Twelve pupils, all of them absent on the same three days."""
    since = {"start_date": BEGIN.isoformat()}
    stand.placements = [placement(name, number, **since) for number, name in enumerate(PUPILS, 1)]
    stand.drop(MONDAY, **dict.fromkeys(PUPILS, "NN*3"))
    return judged(stand)


@pytest.fixture
def unsure(stand):  # noqa: F811
    """The commissioner's address is not confirmed."""
    stand.contacts = [each for each in stand.contacts if each["role"] != "commissioner"]
    stand.contacts.append(contact("commissioner", "commissioner-1", address=NEW, confirmed_on=""))
    stand.drop(MONDAY, p1="NN*3", p2=r"/\*3")
    return judged(stand)


def judged(made):
    made.write()
    relay("pull", "--config", made.operator)
    relay("decide", "--config", made.operator, "--school", "lane")
    return made


def held(made):
    [row] = answer("hold", "list", "--config", made.operator)[1]["holds"]
    return row["hold"]


def test_nothing_held_is_fine(stand):  # noqa: F811
    assert relay("hold", "list", "--config", stand.operator) == (0, "nothing is held\n", "")


def test_what_is_held_is_listed_and_makes_status_exit_1(surge):
    code, out, _ = relay("hold", "list", "--config", surge.operator)
    assert (code, out.splitlines()[-1]) == (1, "36 messages held")
    code, state = answer("status", "--config", surge.operator)
    assert (code, state["held"][0]["messages"], state["mode"]) == (1, 36, "live")


def test_a_batch_is_shown_with_rules_pupils_recipients_and_registers_and_no_name(surge):
    code, out, _ = relay("hold", "show", held(surge), "--config", surge.operator)

    assert code == 0
    assert "36 new notices about 12 pupils of 12; on an ordinary day it is about 0." in out
    assert "three-days-absent" in out
    assert "12 x N" in out
    assert not [word for word in (*CANARY, "places@council.example") if word in out]


@pytest.mark.parametrize(("verb", "did"), [("release", "released"), ("cancel", "cancelled")])
def test_it_is_settled_by_somebody_who_says_why(surge, verb, did):
    hold = held(surge)
    words = ("hold", verb, hold.removeprefix("mass/"), "--config", surge.operator, "--by", "head_of_provision")

    assert relay(*words)[0] == 2
    assert relay(*words, "--note", "snow") == (0, f"{hold}: 36 messages {did}\n", "")
    code, out, _ = relay(*words, "--note", "snow")
    assert (code, "nothing is left" in out) == (0, True)
    shown = answer("hold", "show", hold, "--config", surge.operator)[1]["hold"]["batch"]
    assert (shown["outcome"], shown["by"], shown["note"]) == (did, "head_of_provision", "snow")


def test_what_is_not_held_is_said(surge):
    code, _, err = relay("hold", "release", "mass/NONE", "--config", surge.operator, "--by", "x", "--note", "y")
    assert (code, err) == (1, f"mass/NONE: nothing waits under it; holds there are: {held(surge)}\n")
    assert relay("hold", "show", "mass/NONE", "--config", surge.operator)[0] == 1


def test_an_unconfirmed_recipient_is_not_released_by_hand_but_by_its_code(unsure):
    words = ("--config", unsure.operator, "--by", "admin")
    code, _, err = relay("hold", "release", "unconfirmed", *words, "--note", "y")
    assert (code, err.startswith("unconfirmed is not released by hand: confirm the recipient")) == (1, True)

    secret = code_of(unsure.relay, unsure.relay.operator.contacts[-1])
    unsure.close()
    assert relay("contacts", "confirm", NEW, *words, "--code", "AAAA-AAAA")[0] == 1
    assert relay("contacts", "confirm", NEW, *words, "--code", secret)[0] == 0
    listed = answer("contacts", "list", "--config", unsure.operator)[1]["contacts"]
    assert all(each["confirmed_on"] for each in listed)
    assert NEW not in str(listed)


def test_a_trial_is_said_loudly(stand):  # noqa: F811
    stand.toml += '\n[safety]\nmode = "trial"\ntrial_addresses = ["office@alder.example"]\n'
    stand.write()

    assert "TRIAL: only the addresses" in relay("status", "--config", stand.operator)[1]
    assert (
        "warning TRIAL: only the 1 recipient named in [safety] is reached"
        in relay("check", "--config", stand.operator)[1]
    )


@pytest.fixture
def recalculated(stand):  # noqa: F811
    """Twenty marks of a Monday were there, and the file that came since has others."""
    since = {"start_date": BEGIN.isoformat()}
    stand.placements = [placement(name, number, **since) for number, name in enumerate(PUPILS, 1)]
    stand.drop(MONDAY, **dict.fromkeys(PUPILS, r"/\ ".strip()))
    stand.write()
    relay("pull", "--config", stand.operator)
    stand.drop(MONDAY, **dict.fromkeys(PUPILS, "UU"))
    return stand


def test_changes_of_registers_are_held_shown_and_released_by_the_same_commands(recalculated):
    config = ("--config", recalculated.operator)
    code, _, err = relay("pull", *config)
    name = held(recalculated)
    assert (code, f"lane: held as {name}: 24 changes of recorded marks; see `hold show`" in err) == (1, True)
    assert name.startswith("lane@")

    code, out, _ = relay("hold", "show", name, *config)
    assert (code, "24 changes of 24 recorded marks, of 12 pupils" in out) == (0, True)
    assert not [word for word in CANARY if word in out]
    shown = answer("hold", "show", name, *config)[1]["hold"]
    assert {(each["old"], each["new"]) for each in shown["changes"]} == {("/", "U"), ("\\", "U")}

    assert relay("status", *config)[0] == 1
    settle = ("hold", "release", name, *config, "--by", "head_of_provision", "--note", "register corrected")
    assert relay(*settle) == (0, f"{name}: 24 changes carried out\n", "")
    assert relay("hold", "list", *config) == (0, "nothing is held\n", "")
    assert "was released by head_of_provision" in relay(*settle)[1]


def test_changes_that_are_refused_stay_out(recalculated):
    config = ("--config", recalculated.operator)
    relay("pull", *config)
    name = held(recalculated)

    code, out, _ = relay("hold", "cancel", name, *config, "--by", "head_of_provision", "--note", "wrong")

    assert (code, out) == (0, f"{name}: 24 changes refused; correct them at the source as well\n")
    code, out, _ = relay("hold", "show", name, *config)
    assert "cancelled by head_of_provision: wrong" in out
