"""Earlier days that cannot be read: today's marks come all the same, and the days are tried again once a night."""

import pytest

from app import pipeline
from app.alerts.things import things
from app.pulling import Asked
from app.pulling.fetching import Hangs
from app.status import is_well, status
from connectors.base import Malformed, Rejected, SuspiciousPull, Unavailable
from tests.app.pulling.scripted import answer, scripted, source_mark

TOO_BIG = Malformed("the answer of the Lane is no table")
AGAIN = "they are read again after 18:00"


class Lane:
    """A stand whose platform answers for one day at a time as long as it is ``broken``."""

    def __init__(self, stand, failure=TOO_BIG):
        self.stand, self.failure, self.broken, self.asked = stand, failure, True, []
        scripted(stand, self._says)

    def _says(self, window):
        self.asked.append(f"{window.first:%-d %b}")
        if self.broken and window.first < window.last:
            raise self.failure
        return answer(source_mark(f"{window.last:%a %Y-%m-%d} AM", "/"))(window)

    def pulls(self, *moments):
        """Pull at each of these times; return the first day that was asked for each time."""
        self.asked.clear()
        for each in moments:
            self.stand.pulled(each)
        return list(self.asked)

    def told(self):
        return [thing.what for thing in things(self.stand.relay) if thing.key.startswith("unread/")]


@pytest.fixture
def lane(stand):
    """A lane of which Monday was read in the evening, and whose platform then loses its earlier days."""
    stand.toml = stand.toml.replace("reread_days = 14", "reread_days = 1")
    made = Lane(stand)
    made.broken = False
    assert made.pulls("Mon 2026-11-09 18:00") == ["8 Nov"]
    made.broken = True
    return made


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        pytest.param(TOO_BIG, "Malformed: the answer of the Lane is no table", id="not what is documented"),
        pytest.param(Unavailable("the Lane did not answer in time"), "Unavailable: the Lane did not", id="no answer"),
        pytest.param(Hangs(), "its platform has not answered for 15 minutes", id="given up"),
        pytest.param(ZeroDivisionError(), "failed unexpectedly: ZeroDivisionError", id="a fault of the relay"),
    ],
)
def test_after_a_pull_of_more_than_today_failed_the_next_one_asks_for_today_and_says_so(lane, failure, says):
    lane.failure = failure
    assert says in lane.stand.pulled("Tue 2026-11-10 12:30").problem

    pulled = lane.stand.pulled("Tue 2026-11-10 12:40")

    assert (pulled.problem, pulled.new) == (None, 1)
    [remark] = pulled.remarks
    assert remark.startswith(f"earlier days could not be read, from Mon 9 Nov: {says}")
    assert remark.endswith(AGAIN)


def test_they_are_tried_again_once_at_each_time_of_reading_back(lane):
    tuesday = [f"Tue 2026-11-10 {clock}" for clock in ("09:30", "09:40", "15:45", "18:00", "18:10", "18:20")]

    assert lane.pulls(*tuesday) == ["9 Nov", "10 Nov", "10 Nov", "9 Nov", "10 Nov", "10 Nov"]
    assert lane.pulls("Wed 2026-11-11 09:30", "Wed 2026-11-11 18:00") == ["11 Nov", "9 Nov"]


def test_once_they_are_read_it_is_over_and_nothing_of_the_gap_is_left_out(lane):
    lane.pulls("Thu 2026-11-12 09:30", "Thu 2026-11-12 09:40")
    lane.broken = False

    assert lane.pulls("Thu 2026-11-12 18:00", "Fri 2026-11-13 09:30") == ["9 Nov", "12 Nov"]
    assert (status(lane.stand.relay)["unread"], lane.told()) == ([], [])


def test_a_school_never_pulled_begins_with_today_and_its_last_days_follow(stand):
    lane = Lane(stand)
    assert lane.pulls("Wed 2026-11-11 12:30", "Wed 2026-11-11 12:40") == ["28 Oct", "11 Nov"]

    lane.broken = False

    assert lane.pulls("Thu 2026-11-12 09:30", "Thu 2026-11-12 12:30") == ["28 Oct", "12 Nov"]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        pytest.param(Asked(days=1), "10 Nov", id="a day back"),
        pytest.param(Asked(term=True), "19 Oct", id="the term"),
        pytest.param(Asked(by_hand=True), "11 Nov", id="nothing but the school"),
    ],
)
def test_by_hand_what_is_asked_for_is_done(lane, asked, first):
    lane.pulls("Wed 2026-11-11 12:30", "Wed 2026-11-11 12:40")
    lane.broken = False

    [pulled] = pipeline.pull(lane.stand.relay, [lane.stand.relay.sites["lane"]], asked=asked)

    assert (lane.asked[-1], pulled.problem) == (first, None)
    assert [each["first"].isoformat() for each in status(lane.stand.relay)["unread"]] == (
        [] if asked.term else ["2026-11-09"]
    )


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Rejected("the Lane refuses the credential"), id="refused"),
        pytest.param(SuspiciousPull("no mark came"), id="silent: fewer days would only look like an answer"),
    ],
)
def test_what_is_not_for_their_sake_puts_nothing_off(lane, failure):
    lane.failure = failure

    assert lane.pulls("Tue 2026-11-10 12:30", "Wed 2026-11-11 12:30") == ["9 Nov", "9 Nov"]
    assert status(lane.stand.relay)["unread"] == []


def test_when_today_alone_fails_no_earlier_day_is_said_to_be_unread(lane):
    scripted(lane.stand, answer(source_mark("Tue 2026-11-10 AM", "/")))
    lane.stand.pulled("Tue 2026-11-10 09:30")

    def falls(_):
        raise TOO_BIG

    scripted(lane.stand, falls)
    assert lane.stand.pulled("Tue 2026-11-10 12:30").problem == "Malformed: the answer of the Lane is no table"

    assert status(lane.stand.relay)["unread"] == []


def test_the_admins_are_told_once_when_today_came_without_them(lane):
    lane.pulls("Tue 2026-11-10 12:30")
    assert lane.told() == []

    lane.pulls("Tue 2026-11-10 12:40")

    assert lane.told() == [
        f"school lane: earlier days could not be read, from Mon 9 Nov: Malformed: {TOO_BIG}; {AGAIN}"
    ]
    before = [thing.key for thing in things(lane.stand.relay) if thing.key.startswith("unread/")]
    lane.pulls("Tue 2026-11-10 18:00", "Tue 2026-11-10 18:10")
    assert [thing.key for thing in things(lane.stand.relay) if thing.key.startswith("unread/")] == before


def test_the_second_failure_is_for_somebody_to_look_at(lane):
    lane.pulls("Tue 2026-11-10 12:30", "Tue 2026-11-10 12:40")
    assert is_well(status(lane.stand.relay))

    lane.pulls("Tue 2026-11-10 18:00", "Tue 2026-11-10 18:10")

    [unread] = status(lane.stand.relay)["unread"]
    assert (unread["school"], unread["first"].isoformat()) == ("lane", "2026-11-09")
    assert not is_well(status(lane.stand.relay))
