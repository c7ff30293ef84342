"""What a pull keeps, what it holds back, what it refuses to believe, and which days it asks for."""

import json

import pytest

from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.world import UpnSpell
from app.pulling import SchoolPull
from mapping.model import Half, Session
from tests.app.builders import placement
from tests.builders import day, session, upn


def with_brook(build, first, *texts):
    """Stand up a second school, on Arbor, with pupils ``b1``, ``b2`` ... and their marks."""
    stand = build(arbor=True)
    for number, text in enumerate(texts, 1):
        stand.placements.append(placement(f"b{number}", 500 + number, school="brook"))
        stand.world.add(str(4500 + number), first, text)
    return stand


def held(stand, school="lane"):
    return [(each.row.pupil_id, each.row.code) for each in stand.store.quarantine.held(school)]


def test_new_marks_end_up_in_the_register(stand):
    stand.drop("Mon 2026-11-02", p1="N/", p2="/L")

    assert stand.pulled("Mon 2026-11-02 15:45") == SchoolPull(school="lane", read=4, new=4)
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "N", "p2": "/"}


def test_a_changed_mark_is_an_amendment_that_keeps_the_old_one(stand):
    stand.drop("Mon 2026-11-02", p1="NN")
    stand.pulled("Mon 2026-11-02 15:45")

    stand.drop("Mon 2026-11-02", p1="IN")

    assert stand.pulled("Tue 2026-11-03 09:30") == SchoolPull(school="lane", read=2, amended=1)
    [amendment] = stand.store.history.amendments_of("p1")
    assert (chr(amendment.old), chr(amendment.new), amendment.session) == ("N", "I", session("Mon 2026-11-02 AM"))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("H", "in force until 2024-08-18", id="withdrawn in 2024: never converted"),
        pytest.param("QQ", "code 'QQ' is not in this school's code table: add it", id="unknown: never guessed"),
    ],
)
def test_a_code_that_is_not_in_force_is_held_with_its_reason(stand, code, reason):
    path = stand.drop("Mon 2026-11-02", p1="N/", p2="//")
    path.write_text(path.read_text().replace(",AM,N", f",AM,{code}"))

    pulled = stand.pulled("Mon 2026-11-02 15:45")

    assert (pulled.problem, pulled.new, pulled.quarantined) == (None, 4, 1)
    [row] = stand.store.quarantine.held("lane")
    assert reason in row.row.reason
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "?", "p2": "/"}


def test_a_held_mark_is_settled_by_the_pull_that_brings_a_good_one(stand):
    path = stand.drop("Mon 2026-11-02", p1="N/", p2="//")
    path.write_text(path.read_text().replace(",AM,N", ",AM,H"))
    stand.pulled("Mon 2026-11-02 12:30")

    stand.drop("Mon 2026-11-02", p1="C/")
    stand.pulled("Mon 2026-11-02 15:45")

    assert held(stand) == []
    assert stand.store.quarantine.ever() == 1
    assert stand.register("Mon 2026-11-02 AM")["p1"] == "C"


def test_two_different_marks_for_one_session_are_neither(stand):
    path = stand.drop("Mon 2026-11-02", p1="N-", p2="/-")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1].replace(",N", ",I")]) + "\n")

    stand.pulled("Mon 2026-11-02 15:45")

    assert held(stand) == [("p1", "I N")]
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "?", "p2": "/"}


def test_a_pupil_nobody_placed_here_is_held_without_touching_any_register(stand):
    stand.placements.append(placement("stranger", 77))
    path = stand.drop("Mon 2026-11-02", p1="//", stranger="//")
    stand.placements.pop()

    assert path.exists()
    assert stand.pulled("Mon 2026-11-02 15:45").quarantined == 2
    assert stand.register("Mon 2026-11-02 AM") == {"p1": "/"}
    assert held(stand) == [(None, "/"), (None, "/")]


def test_when_every_row_is_held_the_pull_failed(stand):
    path = stand.drop("Mon 2026-11-02", p1="NN")
    path.write_text(path.read_text().replace(",N", ",QQ"))

    pulled = stand.pulled("Mon 2026-11-02 15:45")

    assert pulled.problem.startswith("every one of 2 rows was quarantined, the first because code 'QQ'")
    assert held(stand) == [("p1", "QQ"), ("p1", "QQ")]


def test_no_rows_from_a_school_in_term_with_a_roll_is_a_failure(build):
    stand = with_brook(build, "Mon 2026-11-02", r"/\ /\ ")
    stand.at("Mon 2026-11-02 15:45").pull("brook")
    stand.decide()
    before = stand.store.runs.progress("brook"), stand.store.history.counts()

    stand.world.shown.clear()
    pulled = stand.at("Tue 2026-11-03 12:30").pull("brook")

    assert pulled.problem == (
        "SuspiciousPull: no mark came for 2026-11-02 to 2026-11-03 although the school is in term and has a roll: "
        "check the credential, the permissions and that registers are taken; AttendanceRollCallRecord: "
        "2 records were deleted: which they were shows when their days are read again"
    )
    assert (stand.store.runs.progress("brook"), stand.store.history.counts()) == before
    assert stand.register("Mon 2026-11-02 AM", "brook") == {"b1": "/"}


@pytest.mark.parametrize(
    ("at", "roll"),
    [
        pytest.param("Mon 2026-12-21 12:30", True, id="holidays"),
        pytest.param("Mon 2026-11-02 12:30", False, id="nobody on the roll"),
        pytest.param("Mon 2026-10-19 09:30", True, id="the first register of the year is not overdue yet"),
    ],
)
def test_no_rows_are_believed_where_none_are_due(build, at, roll):
    stand = with_brook(build, "Mon 2026-11-02", "--") if roll else build(arbor=True)
    with stand.store.transaction():
        stand.store.runs.pulled("brook", through=day(at[:14]), at=stand.clock())

    assert stand.at(at).pull("brook").problem is None


def test_a_second_look_before_the_register_is_due_is_no_alarm(build):
    """At 08:50 the day before came too; at 09:30 only today is asked for, and nobody has taken a register yet."""
    stand = with_brook(build, "Mon 2026-11-02", r"/\ ")
    stand.at("Tue 2026-11-03 08:50").pull("brook")

    assert stand.at("Tue 2026-11-03 09:30").pull("brook").problem is None


def test_a_drop_folder_left_empty_past_the_hour_is_a_failure(stand):
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Mon 2026-11-02 15:45")

    assert stand.pulled("Tue 2026-11-03 09:30").problem is None
    assert stand.pulled("Tue 2026-11-03 12:30").problem.startswith("SuspiciousPull: no mark came")
    assert stand.store.runs.watermark("lane") == day("Tue 2026-11-03")


def test_the_same_file_again_is_a_remark(stand):
    path = stand.drop("Mon 2026-11-02", p1="//")
    content = path.read_bytes()
    stand.pulled("Mon 2026-11-02 12:30")

    path.write_bytes(content)
    pulled = stand.pulled("Mon 2026-11-02 15:45")

    assert pulled.problem is None
    assert pulled.remarks == (
        "register-001.csv: this exact file was processed before: ask whether a new one was meant",
    )
    assert sorted(each.name for each in stand.drop_folder.rglob("*.csv")) == ["register-001.2.csv", "register-001.csv"]


def test_a_file_that_cannot_be_read_is_kept_with_its_reason(stand):
    stand.drop("Mon 2026-11-02", p1="//")
    (stand.drop_folder / "broken.csv").write_text("<html>sign in</html>")

    pulled = stand.pulled("Mon 2026-11-02 12:30")

    assert (pulled.problem, pulled.new) == (None, 2)
    assert (stand.drop_folder / "rejected" / "broken.csv").read_text() == "<html>sign in</html>"
    assert "Put the corrected file back" in (stand.drop_folder / "rejected" / "broken.csv.reason.txt").read_text()
    assert [each.row.where for each in stand.store.quarantine.held("lane")] == ["broken.csv"]


def test_one_failing_school_does_not_stop_the_other(build):
    stand = build(arbor=True)
    stand.drop("Mon 2026-11-02", p1="//")
    stand.arbor.faults += [Fault(FaultKind.STATUS, "401")] * 9

    lane, brook = stand.pulled("Mon 2026-11-02 12:30")

    assert (lane.problem, lane.new) == (None, 2)
    assert brook.problem.startswith("Rejected: ")


def test_a_fault_of_the_relay_at_one_school_does_not_stop_the_other(build):
    """A folder that is a file raises what no connector foresaw."""
    stand = build(arbor=True)
    stand.drop("Mon 2026-11-02", p1="//")
    stand.relay._connectors["brook"] = Falling()

    lane, brook = stand.pulled("Mon 2026-11-02 12:30")

    assert (lane.problem, lane.new) == (None, 2)
    assert brook.problem.startswith("failed unexpectedly: ZeroDivisionError at test_pulling.py:")
    assert "Quillfeather" not in brook.problem


class Falling:
    def pull(self, window, *, seen):
        raise ZeroDivisionError("about Quillfeather")

    def close(self):
        pass


def test_a_temporary_upn_is_the_pupil_who_got_the_permanent_one(build):
    stand = build(arbor=True)
    permanent, temporary = upn(501), upn(50, temporary=True)
    stand.placements.append(placement("b1", 501, school="brook", platform_id="", upn=permanent))
    history = (
        UpnSpell(temporary, is_temporary=True, start=day("Mon 2026-10-19"), end=day("Tue 2026-11-03")),
        UpnSpell(permanent, start=day("Wed 2026-11-04")),
    )
    stand.world.add("9001", "Mon 2026-11-02", r"NN NN /\ ", history=history)

    pulled = stand.at("Wed 2026-11-04 15:45").pull("brook")

    assert (pulled.problem, pulled.new, pulled.quarantined) == (None, 6, 0)
    assert stand.register("Tue 2026-11-03 PM", "brook") == {"b1": "N"}


@pytest.mark.parametrize(
    ("before", "at", "first"),
    [
        pytest.param([], "Mon 2026-11-09 09:30", "2026-10-26", id="never pulled: as far back as is read again"),
        pytest.param(["Mon 2026-11-09 09:30"], "Mon 2026-11-09 12:30", "2026-11-09", id="later the same day: today"),
        pytest.param(["Fri 2026-11-06 15:45"], "Mon 2026-11-09 09:30", "2026-11-06", id="next morning: since then"),
        pytest.param(["Mon 2026-11-09 12:30"], "Mon 2026-11-09 15:45", "2026-10-26", id="the day's last: two weeks"),
        pytest.param(["Mon 2026-11-02 15:45"], "Tue 2026-12-08 09:30", "2026-11-02", id="after weeks: all of them"),
        pytest.param(["Mon 2026-10-26 12:30"], "Mon 2026-10-26 15:45", "2026-10-19", id="never before the calendar"),
    ],
)
def test_which_days_are_asked_for(build, before, at, first):
    stand = with_brook(build, "Mon 2026-10-19", r"/\*35")
    for earlier in before:
        assert stand.at(earlier).pull("brook").problem is None
    stand.arbor.asked.clear()

    stand.at(at).pull("brook")

    # The connector asks for a day more at each end, as nobody says whether Arbor's limits are included.
    [asked] = {text for each in stand.arbor.asked if (text := asked_after(each))}
    assert asked == first


def asked_after(asked):
    """Return the first day that a query is about."""
    from datetime import date, timedelta

    query = json.loads(asked.body or b'{"query": ""}')["query"]
    _, found, rest = query.partition('recordDate_after: "')
    return str(date.fromisoformat(rest[:10]) + timedelta(days=1)) if found else None


def test_a_mark_that_the_platform_no_longer_shows_stays_and_is_noted(build):
    stand = with_brook(build, "Mon 2026-11-02", r"/\ ", r"N\ ")
    stand.at("Mon 2026-11-02 12:30").pull("brook")

    stand.world.correct("4502", session("Mon 2026-11-02 AM"), None, stand.clock())
    stand.at("Mon 2026-11-02 15:45").pull("brook")

    assert stand.register("Mon 2026-11-02 AM", "brook") == {"b1": "/", "b2": "N"}
    [retraction] = stand.store.quarantine.retractions("brook")
    assert (retraction.pupil_id, retraction.session) == ("b2", Session(day("Mon 2026-11-02"), Half.AM))
