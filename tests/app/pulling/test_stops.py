"""A platform that refuses: that school stops, says whose action it needs, and is not asked in a loop."""

import pytest

from app.alerts.things import things
from app.demo.platforms.server import Fault, FaultKind
from app.pulling.stops import WHO, left_alone
from app.status import is_well, status
from connectors.base import Refusal, Rejected
from tests.app.builders import PASSWORD
from tests.app.pulling.brook import WEEK, with_brook
from tests.app.pulling.scripted import scripted

REFUSED, BUSY = Fault(FaultKind.STATUS, "401"), Fault(FaultKind.TOO_MANY, "3000")


@pytest.fixture
def brook(build):
    return with_brook(build, WEEK[0], r"/\*10")


def refused(stand, at="Mon 2026-11-02 09:30", fault=REFUSED):
    stand.arbor.faults += [fault] * 9
    pulled = stand.at(at).pull("brook")
    stand.arbor.faults.clear()
    stand.arbor.asked.clear()
    return pulled


def test_a_stopped_school_is_not_asked_again_that_day(brook):
    assert refused(brook).problem.startswith("Rejected: ")

    pulled = brook.at("Mon 2026-11-02 12:30").pull("brook")

    assert pulled.problem.startswith("stopped since Mon 2 Nov 09:30: ")
    assert "It waits for you: enter the credential that holds. Tried again tomorrow" in pulled.problem
    assert (pulled.may_retry, brook.arbor.asked) == (False, [])


def test_the_others_are_pulled(brook):
    refused(brook)
    brook.drop(WEEK[0], p1="//", p2="//")

    lane, school = brook.pulled("Mon 2026-11-02 12:30")

    assert (lane.new, lane.problem) == (4, None)
    assert school.problem.startswith("stopped since")


def test_it_is_tried_with_the_first_pull_of_the_next_day_and_goes_on_when_it_is_mended(brook):
    refused(brook)

    assert brook.at("Tue 2026-11-03 08:50").pull("brook").new == 4
    assert brook.store.pulls.stops() == {}


def test_refused_again_the_next_day_it_is_the_same_stop(brook):
    refused(brook)
    refused(brook, "Tue 2026-11-03 08:50")

    assert brook.at("Tue 2026-11-03 09:30").pull("brook").problem.startswith("stopped since Mon 2 Nov 09:30: ")


def test_another_password_is_tried_at_once(brook):
    refused(brook)
    settings = brook.relay.platform_settings["brook"]

    brook.at("Mon 2026-11-02 09:40")
    assert left_alone(brook.relay, brook.relay.sites["brook"], brook.clock()) is not None
    brook.relay.platform_settings["brook"] = type(settings)(
        address=settings.address, username=settings.username, password="another"
    )
    assert left_alone(brook.relay, brook.relay.sites["brook"], brook.clock()) is None


def test_by_hand_it_is_asked_all_the_same(brook):
    from app import pipeline
    from app.pulling import Asked

    refused(brook)
    sites = [brook.relay.sites["brook"]]

    [pulled] = pipeline.pull(brook.relay, sites, asked=Asked(by_hand=True))

    assert (pulled.problem, len(brook.arbor.asked) > 0) == (None, True)


def test_who_must_act_is_in_the_status_and_in_one_alert(brook):
    refused(brook)

    state = status(brook.relay)

    assert [(each["school"], each["waits_for"]) for each in state["stopped"]] == [
        ("brook", "you: enter the credential that holds")
    ]
    assert not is_well(state)
    [told] = [each for each in things(brook.relay) if each.key.startswith("stopped/")]
    assert told.what.startswith("school brook is not pulled any more: ")
    assert told.what.endswith("it waits for you: enter the credential that holds")


@pytest.mark.parametrize(
    ("refusal", "waits_for"),
    [
        pytest.param("credential", "you: enter the credential that holds", id="a credential"),
        pytest.param("revoked", "the school: have it grant the access again, or end the pulls", id="the access"),
        pytest.param("permission", "the school: have it grant what is missing", id="a permission"),
        pytest.param("local", "you: put right what it says, on this machine or in its settings", id="this machine"),
    ],
)
def test_every_refusal_names_who_must_act(stand, refusal, waits_for):
    def says(_):
        raise Rejected("the lane refuses", refusal=Refusal(refusal))

    scripted(stand, says)
    stand.pulled("Mon 2026-11-02 12:30")

    assert [each["waits_for"] for each in status(stand.relay)["stopped"]] == [waits_for]
    assert set(WHO) == set(Refusal)


def test_the_database_does_not_hold_the_password(brook):
    refused(brook)

    assert PASSWORD not in repr(brook.store.pulls.stops())


def test_a_platform_that_asks_for_patience_is_left_alone_for_so_long(brook):
    assert refused(brook, fault=BUSY).may_retry

    pulled = brook.at("Mon 2026-11-02 10:19").pull("brook")
    assert (pulled.problem.endswith("asked again Mon 2 Nov 10:20"), pulled.may_retry) == (True, True)
    assert brook.arbor.asked == []

    assert brook.at("Mon 2026-11-02 10:20").pull("brook").problem is None
