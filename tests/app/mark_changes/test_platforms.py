"""The platforms that take marks, on real sockets: from the N that has stood five days to the pull that shows the O."""

import pytest

from app.demo.platforms.wonde import SCHOOL, simulate_wonde
from app.demo.platforms.wonde_quirks import Quirks
from app.mark_changes.answering import approve
from app.people.messages import Word
from tests.app.builders import PASSWORD, placement
from tests.builders import session

MONDAY = "Mon 2026-11-02"
ON_WONDE = f"""platform = "wonde"
write_back = true
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address       = "{{wonde}}"
  school        = "{SCHOOL}"
  token_secret  = "arbor_password"
  pause_seconds = 0.0
"""


@pytest.fixture
def brook(build):
    """A second school, on a simulated Arbor, where the N of b1's Monday still stands on the Monday after."""
    stand = build(arbor=True)
    for number, text in ((1, r"N\ /\*9"), (2, r"NN /\*9"), (3, r"/\*10")):
        stand.placements.append(placement(f"b{number}", 500 + number, school="brook"))
        stand.world.add(str(4500 + number), MONDAY, text)
    stand.toml = stand.toml.replace('platform = "arbor"', 'platform = "arbor"\nwrite_back = true')
    return stand


def approved(stand):
    """Have all changes proposed, and b1's approved the next morning."""
    stand.at("Mon 2026-11-09 15:45").pull("brook")
    stand.at("Mon 2026-11-09 16:00").decide()
    [change, *others] = sorted(stand.store.mark_changes.open("brook"), key=lambda each: each.pupil_id)
    assert [each.pupil_id for each in others] == ["b2", "b2"]
    assert approve(stand.at("Tue 2026-11-10 10:00").relay, change.id, "O", Word(by="A Clerk")).is_ok
    return change.id


def pulls(stand, change_id, *moments):
    states = []
    for each in moments:
        assert stand.at(each).pull("brook").problem is None
        states.append(stand.store.mark_changes.get(change_id).state)
    return states


def proposed(stand):
    return [each.pupil_id for each in stand.store.mark_changes.in_states("proposed")]


def test_arbor_takes_the_mark_and_a_later_pull_confirms_it(brook):
    change = approved(brook)

    assert pulls(brook, change, "Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["taken", "confirmed"]
    assert brook.register("Mon 2026-11-02 AM", "brook") == {"b1": "O", "b2": "N", "b3": "/"}
    assert proposed(brook) == ["b2", "b2"]


def test_what_somebody_entered_in_arbor_meanwhile_stays(brook):
    change = approved(brook)
    brook.world.correct("4501", session("Mon 2026-11-02 AM"), "I", brook.clock())

    assert pulls(brook, change, "Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45") == ["overtaken", "overtaken"]
    assert brook.register("Mon 2026-11-02 AM", "brook")["b1"] == "I"


def test_wonde_is_asked_until_it_says_what_became_of_the_mark(brook):
    quirks = Quirks()
    server = brook.running.enter_context(simulate_wonde(brook.world, "brook", token=PASSWORD, quirks=quirks))
    brook.places["wonde"] = server.address
    begin, end = brook.toml.index('platform = "arbor"'), brook.toml.index("[[destination]]")
    brook.toml = f"{brook.toml[:begin]}{ON_WONDE}\n{brook.toml[end:]}"
    change = approved(brook)

    assert pulls(brook, change, "Tue 2026-11-10 12:30", "Tue 2026-11-10 15:45", "Wed 2026-11-11 09:30") == [
        "taken",
        "taken",
        "written",
    ]
    assert [(row["session"], row["date"]) for row in quirks.written] == [("AM", "2026-11-02")]

    brook.world.correct("4501", session("Mon 2026-11-02 AM"), "O", brook.clock())

    assert pulls(brook, change, "Wed 2026-11-11 12:30") == ["confirmed"]
    assert len(quirks.written) == 1
