"""Wonde: what a check and a discovery say before anybody relies on it, and marks written back and followed."""

import msgspec
import pytest

from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.wonde import SCHOOL
from app.demo.platforms.wonde_rows import code_id
from connectors.base import Change, Malformed, Patience, Refusal, Rejected, Surroundings, Unavailable, Writing, Written
from connectors.offered import OfferedSchool
from connectors.registry import PLATFORMS
from connectors.wonde import Settings, connect
from tests.builders import session
from tests.connectors.rigs import WEEK
from tests.connectors.worlds import MORNING_AFTER, SmallWorld

AM = session("Mon 2026-03-09 AM")


@pytest.fixture
def world():
    world = SmallWorld().add("4001", "Mon 2026-03-09", r"/\ LI N- ")
    return world.add("4002", "Mon 2026-03-09", r"/\ /\ /\ ").add("4003", "Mon 2026-03-09", r"-- -- -- ")


@pytest.fixture
def connector(wonde):
    settings = Settings(address=wonde.address, school=SCHOOL, token="simulated", pause_seconds=0)
    patience = Patience(attempts=2, silence=0.3)
    connector = connect(settings, Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, patience=patience))
    yield connector
    connector.close()


def failing(findings):
    return {finding.subject: finding.message for finding in findings if not finding.ok}


# Checks --------------------------------------------------------------------------------------------------------------


def test_a_check_asks_for_the_token_the_school_and_each_list_once(wonde, connector):
    findings = connector.check()

    lists = ["attendance/session", "attendance-codes", "students", "students-leaver"]
    assert [finding.subject for finding in findings] == ["token", "school", *lists]
    assert failing(findings) == {}
    assert len(wonde.asked) == 7


def test_a_check_says_which_scope_and_which_include_are_missing(quirks, connector):
    quirks.refused["attendance/session"] = "attendance.read"
    quirks.no_includes["education_details"] = True

    failed = failing(connector.check())

    assert failed.keys() == {"attendance/session", "students include", "students-leaver include"}
    assert "(scope attendance.read)" in failed["attendance/session"]
    assert failed["students include"].startswith("education_details cannot be read, and UPNs come with it")


def test_a_roll_that_comes_back_empty_may_lack_its_scope(world, connector):
    world.people.clear()

    assert failing(connector.check()) == {"students": "pupils: none came; ask the school for them"}


def test_a_check_of_another_region_says_which(quirks, connector):
    quirks.domain = "api-ap-southeast-2.wonde.com"

    [finding] = [each for each in connector.check() if not each.ok]

    assert finding.subject == "school"
    assert finding.message.endswith('write address = "https://api-ap-southeast-2.wonde.com"')


def test_a_check_ends_with_a_token_that_is_refused(wonde, connector):
    wonde.username = wonde.token = "another"

    assert [finding.subject for finding in connector.check()] == ["token"]


# What there is -------------------------------------------------------------------------------------------------------


def test_a_discovery_shows_schools_codes_sessions_and_the_roll(connector):
    offered = connector.discover(WEEK, seen=lambda _: None)

    codes = {code.symbol: code for code in offered.codes}
    assert offered.schools == (OfferedSchool(ref=SCHOOL, name="Simulated School"),)
    assert {symbol: code.marks for symbol, code in codes.items() if code.marks} == {
        "/": 4,
        "\\": 4,
        "L": 1,
        "I": 1,
        "N": 1,
    }
    assert (codes["I"].proposal, codes["I"].because) == ("I", "a national letter, and its type is AUTHORISED_ABSENCE")
    assert (offered.pupils, offered.sessions) == (3, {"AM": 9, "PM": 9})
    assert (str(offered.first), str(offered.last)) == ("2026-03-09", "2026-03-11")
    assert "the school's MIS is SIMS" in offered.remarks


@pytest.mark.parametrize(
    ("listed", "proposal"),
    [
        ({"code": "A", "type": "PRESENT"}, None),
        ({"code": "M", "type": "UNAUTHORISED_ABSENCE"}, None),
        ({"code": "O", "type": "Unauthorized absence"}, "O"),
        ({"code": "O", "type": "PRESENT"}, None),
        ({"code": "O"}, "O"),
        ({"code": "H", "type": "AUTHORISED_ABSENCE"}, None),
    ],
    ids=["a letter of its own", "another type", "spelt with a z", "attended, as one provider has it", "no type", "old"],
)
def test_only_a_national_letter_that_its_type_does_not_deny_is_proposed(quirks, connector, listed, proposal):
    quirks.unlisted.add(listed["code"])
    quirks.more["attendance-codes"] = [{"id": "X1", "description": "as listed"} | listed]

    offered = connector.discover(WEEK, seen=lambda _: None)

    [code] = [code for code in offered.codes if code.symbol == listed["code"]]
    assert code.proposal == proposal
    assert code.label.startswith("as listed")


def test_codes_of_the_schools_own_and_an_mis_that_takes_no_marks_are_told(quirks, connector):
    quirks.has_own_codes, quirks.allows_writeback = True, False

    told = connector.discover(WEEK, seen=lambda _: None).remarks

    assert [remark[:40] for remark in told[1:]] == [
        "the school has attendance codes of its o",
        "no marks can be written into this MIS th",
    ]


# Writing -------------------------------------------------------------------------------------------------------------


def change(reference="1", platform_id="4001", code="M", at=AM):
    return Change(reference=reference, platform_id=platform_id, session=at, code=code)


def test_the_registry_says_that_marks_can_be_written():
    assert PLATFORMS["wonde"].writes


def test_a_change_is_written_for_the_id_of_today_and_without_minutes(quirks, connector):
    written = connector.write([change()])

    assert written == (Written(reference="1", state=Writing.TAKEN, receipt="W1/0"),)
    assert quirks.written == [
        {"student_id": "A4001", "date": "2026-03-09", "session": "AM", "attendance_code_id": code_id("M")}
    ]


def test_nothing_to_write_asks_nothing(wonde, connector):
    assert (connector.write([]), wonde.asked) == ((), [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"code": "V9"}, "the school's list of codes has no V9: add it in the MIS"),
        ({"platform_id": "9999"}, "the pupil is not on the school's roll at Wonde: write it in the MIS by hand"),
    ],
)
def test_a_change_that_cannot_be_asked_for_is_refused_and_the_others_go_on(connector, given, reason):
    refused, taken = connector.write([change(**given), change("2", "4002")])

    assert refused == Written(reference="1", state=Writing.REFUSED, reason=reason)
    assert (taken.reference, taken.state, taken.receipt) == ("2", Writing.TAKEN, "W1/0")


def test_of_many_changes_only_the_one_that_is_invalid_is_refused(wonde, connector):
    wonde.faults += [None] * 4 + [Fault(FaultKind.STATUS, "422")] * 2
    changes = [change(str(number), platform_id) for number, platform_id in enumerate(["4001", "4002", "4003"])]

    written = connector.write(changes)

    assert [each.state for each in written] == [Writing.REFUSED, Writing.TAKEN, Writing.TAKEN]
    assert written[0].reason.startswith("Wonde does not take this mark (422)")
    assert [each.reference for each in written] == ["0", "1", "2"]


def test_an_mis_that_takes_no_marks_refuses_every_change(wonde, quirks, connector):
    quirks.allows_writeback = False

    [written] = connector.write([change()])

    assert (written.state, written.reason) == (Writing.REFUSED, "the school's MIS takes no marks through Wonde")
    assert [asked.method for asked in wonde.asked] == ["GET", "GET"]


def test_a_missing_right_to_write_is_named_and_nothing_counts(quirks, connector):
    quirks.refused["write"] = "attendance.write"

    with pytest.raises(Rejected, match=r"\(scope attendance.write\)") as failure:
        connector.write([change()])

    assert failure.value.refusal is Refusal.PERMISSION
    assert quirks.written == []


def test_a_write_is_followed_until_it_is_done(connector):
    taken = connector.write([change()])

    first = connector.follow(taken)
    second = connector.follow(first)

    assert [each.state for each in (*taken, *first, *second)] == [Writing.TAKEN, Writing.TAKEN, Writing.DONE]
    assert second[0].reference == "1"


def test_each_mark_of_a_write_has_its_own_outcome_and_the_write_is_asked_once(wonde, quirks, connector):
    quirks.outcomes = [{"status": "partial", "attendance": [{"status": "success"}, {"status": "failed"}, {}]}]
    taken = connector.write([change(), change("2", "4002")])
    wonde.asked.clear()

    done, refused = connector.follow(taken)

    assert (done.state, refused.state) == (Writing.DONE, Writing.REFUSED)
    assert refused.reason == "the school's MIS refused the mark, Wonde says: look at it there"
    assert len(wonde.asked) == 1


def test_a_write_that_failed_as_a_whole_refuses_each_mark(quirks, connector):
    quirks.outcomes = [{"status": "failed"}]

    followed = connector.follow(connector.write([change(), change("2", "4002")]))

    assert [each.state for each in followed] == [Writing.REFUSED, Writing.REFUSED]


def test_a_write_that_wonde_no_longer_knows_is_for_a_person(quirks, connector):
    quirks.outcomes = []

    [written] = connector.follow(connector.write([change()]))

    assert written.state is Writing.REFUSED
    assert written.reason.startswith("Wonde knows nothing of this write any more: look whether")


@pytest.mark.parametrize("outcome", [{"status": "wobbly"}, {"status": None}, [], {}])
def test_an_outcome_in_other_words_is_not_believed(quirks, connector, outcome):
    quirks.outcomes = [outcome]
    taken = connector.write([change()])

    with pytest.raises(Malformed):
        connector.follow(taken)


def test_a_receipt_of_another_platform_is_refused():
    taken = Written(reference="1", state=Writing.TAKEN, receipt="../../x")
    connector = connect(msgspec.convert({"school": "A1", "token": "x"}, Settings), _nowhere())

    [written] = connector.follow([taken])

    connector.close()
    assert (written.state, written.reason) == (Writing.REFUSED, "its receipt is none of Wonde's: write it anew")


def test_a_platform_that_is_away_leaves_the_writes_as_they_are(wonde, connector):
    taken = connector.write([change()])
    wonde.faults += [Fault(FaultKind.DOWN)] * 5

    with pytest.raises(Unavailable):
        connector.follow(taken)


def _nowhere():
    return Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None)
