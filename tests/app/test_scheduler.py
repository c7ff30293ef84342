"""When things happen: slots of school days, each run once, made up for after downtime, recovered after a kill."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from app.scheduler import AlreadyRunning, Done, Job, Scheduler, alone, run
from app.wiring import Surroundings, reloaded
from tests.app.builders import POLICY, contact
from tests.builders import moment

LEASE = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def quiet():
    structlog.configure(processors=[_drop])


def _drop(*_):
    raise structlog.DropEvent


def runs(stand, job="pull"):
    """List every slot as ``Mon 09:30 done``, with the tries where it took more than one."""
    from datetime import datetime

    rows = stand.store.runs._db.rows("SELECT slot, outcome, tries FROM run WHERE job = ? ORDER BY slot", (job,))
    return [
        f"{datetime.fromisoformat(slot):%a %H:%M} {outcome}" + (f" at try {tries}" if tries > 1 else "")
        for slot, outcome, tries in rows
    ]


def turn(stand, *moments, wheel=None):
    wheel = wheel or stand.wheel()
    for each in moments:
        stand.at(each)
        wheel.turn()
    return wheel


def busy(stand):
    """Have marks for every day of the fortnight, so that no pull is suspicious."""
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    return stand


# --- slots -------------------------------------------------------------------------------------------------------


def test_a_slot_is_one_time_of_one_school_date_and_runs_once(stand):
    busy(stand)

    turn(stand, "Mon 2026-11-02 09:29", "Mon 2026-11-02 09:30", "Mon 2026-11-02 09:30", "Mon 2026-11-02 09:44")

    assert (runs(stand, "pull"), runs(stand, "decide")) == (["Mon 09:30 done"], [])
    assert stand.store.runs.get("pull", "all", "2026-11-02T09:30").tries == 1


def test_registers_are_pulled_when_the_policy_asks_about_the_day(stand):
    stand.policy = POLICY.replace("by = 09:30:00", "by = 09:20:00")
    busy(stand)

    turn(stand, *(f"Mon 2026-11-02 {clock}" for clock in ("09:19", "09:20", "09:29")))

    assert runs(stand, "pull") == ["Mon 09:20 done"]
    assert stand.store.runs.get("register/register-by-half-past-nine", "lane", "2026-11-02").outcome == "done"


def test_a_day_has_its_pulls_and_its_decisions(stand):
    busy(stand)

    turn(stand, *(f"Mon 2026-11-02 {clock}" for clock in ("09:30", "09:45", "12:30", "15:45", "16:00", "16:15")))

    assert runs(stand, "pull") == ["Mon 09:30 done", "Mon 12:30 done", "Mon 15:45 done"]
    assert runs(stand, "decide") == ["Mon 09:45 done", "Mon 16:00 done", "Mon 16:15 done"]
    assert [str(each) for each in stand.feeds()] == [
        "Mon 2026-11-02 provisional full_day 2",
        "Mon 2026-11-02 final full_day 4",
    ]


@pytest.mark.parametrize("day", ["Sat 2026-11-07", "Sun 2026-11-08", "Fri 2026-11-27", "Mon 2026-12-21"])
def test_nothing_runs_at_weekends_on_inset_days_and_in_holidays(stand, day):
    turn(stand, f"{day} 09:30", f"{day} 16:15")

    assert (runs(stand, "pull"), runs(stand, "decide")) == ([], [])


@pytest.mark.parametrize(
    ("before", "at"),
    [
        pytest.param("2026-10-23T08:29:59+00:00", "2026-10-23T08:30:00+00:00", id="Friday, summer time"),
        pytest.param("2026-10-26T09:29:59+00:00", "2026-10-26T09:30:00+00:00", id="Monday, the clocks went back"),
    ],
)
def test_times_are_those_of_the_clocks_in_england(stand, before, at):
    from datetime import datetime

    wheel = stand.wheel()
    stand.clock.instant = datetime.fromisoformat(before)
    wheel.turn()
    assert runs(stand) == []

    stand.clock.instant = datetime.fromisoformat(at)
    wheel.turn()
    assert len(runs(stand)) == 1


def test_a_new_installation_runs_the_latest_slot_of_today(stand):
    busy(stand)

    turn(stand, "Mon 2026-11-02 13:00")

    assert runs(stand) == ["Mon 09:30 skipped", "Mon 12:30 done"]


def test_after_downtime_the_latest_slot_runs_and_makes_up_for_the_others(stand):
    stand.live("Mon 2026-11-02", p1="NN", p2="//")
    turn(stand, "Mon 2026-11-02 16:15")

    stand.drop("Tue 2026-11-03", p1="NN NN", p2=r"/\ /\ ".strip())
    turn(stand, "Thu 2026-11-05 13:00")

    assert runs(stand)[3:] == [
        "Mon 18:00 skipped",
        "Tue 09:30 skipped",
        "Tue 12:30 skipped",
        "Tue 15:45 skipped",
        "Tue 18:00 skipped",
        "Wed 09:30 skipped",
        "Wed 12:30 skipped",
        "Wed 15:45 skipped",
        "Wed 18:00 skipped",
        "Thu 09:30 skipped",
        "Thu 12:30 done",
    ]
    assert "Wed 2026-11-04 p1 three-days-absent" in stand.decisions()
    assert {str(each)[:14] for each in stand.feeds() if each.manifest["edition"] == "final"} == {
        "Mon 2026-11-02",
        "Tue 2026-11-03",
        "Wed 2026-11-04",
    }


def test_pulling_comes_before_deciding_when_both_are_due(stand):
    busy(stand)

    turn(stand, "Mon 2026-11-02 16:15")

    assert stand.register("Mon 2026-11-02 AM") == {"p1": "/", "p2": "/"}
    assert stand.store.runs.decided_through("lane") == moment("Mon 2026-11-02 16:15").date()


# --- failures ----------------------------------------------------------------------------------------------------


def test_a_failed_slot_is_tried_again_after_ten_minutes(stand):
    turn(stand, "Mon 2026-11-02 12:30", "Mon 2026-11-02 12:39")
    assert runs(stand)[1:] == ["Mon 12:30 failed"]
    assert "SuspiciousPull" in stand.store.runs.last("pull", "all").detail

    busy(stand)
    turn(stand, "Mon 2026-11-02 12:40")
    assert runs(stand)[1:] == ["Mon 12:30 done at try 2"]


def test_a_slot_that_goes_on_failing_is_given_up_after_five_tries(stand):
    clocks = ("12:30", "12:40", "12:50", "13:00", "13:10", "13:20", "13:30", "15:00")

    turn(stand, *(f"Mon 2026-11-02 {clock}" for clock in clocks))

    assert runs(stand)[1:] == ["Mon 12:30 failed at try 5"]


class Wheel(Scheduler):
    """Two jobs at half past nine: one that raises, and one that notes that it ran."""

    def _jobs(self):
        times = self._relay.operator.times.pull[:1]
        self.ran = getattr(self, "ran", [])
        return (
            Job(name="falls", times=times, work=lambda: 1 / 0),
            Job(name="works", times=times, work=lambda: self.ran.append("works") or Done()),
        )


def test_a_job_that_raises_is_written_down_and_does_not_stop_the_others(stand):
    wheel = turn(stand, "Mon 2026-11-02 09:30", wheel=Wheel(stand.relay))

    assert wheel.ran == ["works"]
    assert runs(stand, "falls") == ["Mon 09:30 failed"]
    detail = stand.store.runs.last("falls", "all").detail
    assert detail == "falls failed unexpectedly: ZeroDivisionError; the log has the place"


# --- one at a time, and after a kill -----------------------------------------------------------------------------


def killed(stand, slot="2026-11-02T09:30"):
    """Leave a slot as a process does that is killed in the middle of it."""
    with stand.store.transaction():
        assert stand.store.runs.begin("pull", "all", slot, now=moment("Mon 2026-11-02 09:30"), lease=LEASE)


def test_a_slot_that_another_process_is_at_is_left_to_it(stand):
    busy(stand)
    killed(stand)

    turn(stand, "Mon 2026-11-02 09:31")

    assert runs(stand) == ["Mon 09:30 None"]


def test_a_killed_slot_runs_again_when_the_relay_comes_back(stand):
    busy(stand)
    killed(stand)
    wheel = stand.wheel()

    assert wheel.recover() == 1
    turn(stand, "Mon 2026-11-02 09:31", wheel=wheel)

    assert runs(stand) == ["Mon 09:30 done at try 2"]


def test_a_killed_slot_of_an_earlier_day_is_skipped_for_a_later_one(stand):
    busy(stand)
    killed(stand)
    wheel = stand.wheel()
    wheel.recover()

    turn(stand, "Mon 2026-11-02 12:30", wheel=wheel)

    assert runs(stand) == ["Mon 09:30 skipped at try 2", "Mon 12:30 done"]


def test_two_schedulers_never_share_a_database(stand):
    stand.write()
    with (
        alone(stand.settings.database),
        pytest.raises(AlreadyRunning, match=r"another relay runs on .*: stop it first, or use another database"),
        alone(stand.settings.database),
    ):
        pass

    with alone(stand.settings.database):
        """Free again."""


# --- the wheel ---------------------------------------------------------------------------------------------------


def test_every_turn_delivers_even_on_a_sunday(stand):
    with stand.receiving() as (authority, _):
        busy(stand)
        stand.pulled("Mon 2026-11-02 15:45")
        stand.at("Mon 2026-11-02 16:15").decide()

        turn(stand, "Sun 2026-11-08 11:00")

        assert [each.kind for each in authority.ledger.received] == ["feed"]


def test_deliveries_stop_when_the_process_is_asked_to(stand):
    with stand.receiving() as (authority, _):
        busy(stand)
        stand.pulled("Mon 2026-11-02 15:45")
        stand.at("Mon 2026-11-02 16:15").decide()

        turn(stand, "Mon 2026-11-02 16:15", wheel=stand.wheel(stop=lambda: True))

        assert authority.ledger.received == ()
    assert [each for each in stand.told("feed") if "pending" not in each] == []


def test_what_the_operator_changes_is_taken_up_before_the_next_job(stand):
    stand.contacts = [each for each in stand.contacts if each["role"] != "home_school"]
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2="// // //")
    wheel = stand.wheel(reload=lambda relay: reloaded(relay, stand.settings))

    stand.contacts.append(contact("home_school", "999001", address="office@alder.example"))
    stand.write()
    turn(stand, "Thu 2026-11-05 09:30", wheel=wheel)

    assert "notice.notification to mail office@alder.example pending" in stand.told("notice")


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        pytest.param('"09:30"', "relay.toml: times.pull", id="a file that is not in order"),
        pytest.param("[limits]", "is 30, but destination coventry may take 30 seconds", id="a lease too short"),
    ],
)
def test_a_folder_broken_while_running_changes_nothing_and_says_so(stand, broken, problem):
    structlog.reset_defaults()
    with stand.receiving() as (authority, _):
        busy(stand)
        wheel = stand.wheel(reload=lambda relay: reloaded(relay, stand.settings))
        turn(stand, "Mon 2026-11-02 09:30", wheel=wheel)

        stand.toml = stand.toml.replace(broken, {'"09:30"': '"9 o\'clock"'}.get(broken, "[limits]\nlease_seconds = 30"))
        stand.write()
        with capture_logs() as logs:
            turn(stand, "Mon 2026-11-02 16:15", wheel=wheel)

        assert [each["event"] for each in logs if problem in (each.get("problem") or "")] == [
            "configuration refused, the one before stays"
        ]
        assert [each.kind for each in authority.ledger.received] == ["feed"]


class Counting:
    """A scheduler that counts; ``schedule`` cannot tell."""

    def __init__(self):
        self.did = []

    def recover(self):
        self.did.append("recover")

    def turn(self):
        self.did.append("turn")


def test_the_wheel_recovers_turns_and_beats_at_once_and_then_waits(stand):
    wheel, waited = Counting(), []

    run(wheel, stop=lambda: len(waited) >= 2, beat=lambda: wheel.did.append("beat"), wait=waited.append)

    assert wheel.did == ["recover", "turn", "beat"]
    assert all(0 <= seconds <= 1 for seconds in waited)


# --- spread ------------------------------------------------------------------------------------------------------


class Spread:
    """A wheel whose waits are noted; ``stop_after`` so many seconds it is told to stop."""

    def __init__(self, stand, *, jitter=0.5, stop_after=3600):
        self.stand, self.slept, self.beats = stand, [], 0
        around = Surroundings(now=stand.clock, sleep=self.slept.append)
        self.wheel = Scheduler(
            replace(stand.relay, surroundings=around),
            stop=lambda: sum(self.slept) >= stop_after,
            beat=self.beat,
            jitter=lambda: jitter,
        )

    def beat(self):
        self.beats += 1

    def turn(self, *moments):
        turn(self.stand, *moments, wheel=self.wheel)
        return sum(self.slept)


@pytest.mark.parametrize(
    ("limit", "jitter", "seconds"),
    [
        pytest.param("", 0.5, 30, id="half of the minute"),
        pytest.param("", 0.0, 0, id="by chance not at all"),
        pytest.param("jitter_seconds = 9", 0.5, 4.5, id="half of what the operator says"),
        pytest.param("jitter_seconds = 0", 0.5, 0, id="switched off"),
    ],
)
def test_a_pull_begins_a_chance_while_after_its_time(stand, limit, jitter, seconds):
    stand.toml = stand.toml.replace("[limits]", f"[limits]\n{limit}")
    spread = Spread(busy(stand), jitter=jitter)

    assert spread.turn("Mon 2026-11-02 09:30") == seconds
    assert runs(stand) == ["Mon 09:30 done"]


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(["Mon 2026-11-02 10:05"], id="a pull that was missed"),
        pytest.param(["Mon 2026-11-02 09:45"], id="deciding, and the feeds"),
    ],
)
def test_nothing_else_waits(stand, moments):
    assert Spread(busy(stand)).turn(*moments) == 0


def test_while_it_waits_the_heart_beats_every_second(stand):
    spread = Spread(busy(stand))

    spread.turn("Mon 2026-11-02 09:30")

    assert max(spread.slept) <= 1
    assert spread.beats >= 30


def test_told_to_stop_it_waits_no_second_more_and_the_pull_is_done_at_the_next_start(stand):
    spread = Spread(busy(stand), stop_after=3)

    assert spread.turn("Mon 2026-11-02 09:30") == 3
    assert runs(stand) == []

    turn(stand, "Mon 2026-11-02 09:31")
    assert runs(stand) == ["Mon 09:30 done"]


# --- reading back ------------------------------------------------------------------------------------------------


def test_a_correction_found_at_night_is_in_the_feeds_the_same_day(stand):
    stand.drop("Mon 2026-11-02", p1="NN", p2="//")
    turn(stand, *(f"Mon 2026-11-02 {clock}" for clock in ("15:45", "16:15")))

    stand.drop("Mon 2026-11-02", p1="IN", p2="//")
    turn(stand, "Mon 2026-11-02 18:00")

    assert runs(stand) == ["Mon 09:30 skipped", "Mon 12:30 skipped", "Mon 15:45 done", "Mon 18:00 done"]
    assert [str(each) for each in stand.feeds()][-1] == "Mon 2026-11-02 final correction 1"
    assert set(stand.store.pulls.read_back("lane")) == {"days", "term"}
