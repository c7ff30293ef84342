"""One pupil over six weeks, through the real outbox to a folder and a mail server: who was told what, in which order,
and what each recipient has in hand at the end.

Two weeks there, then nothing known for more than ten school days. The council is told, told more, and the case is
referred when somebody approves it. In the sixth week the family shows that he was at an interview on two of the days:
the ten days running were none, the five days running came a week later.
"""

import json
from email import message_from_bytes, policy

import pytest

from app.people import granting

PRESENT = r"/\ ".strip()
#: The rule of each notice, as short as the tables below need it.
RULES = {
    "three-days-absent": "3 days absent",
    "five-days-unexplained": "5 days unexplained",
    "ten-days-unexplained": "10 days unexplained",
    "below-ninety": "under 90 %",
    "floor-ten-days-unauthorised": "10 days without leave",
    "floor-ten-in-ten-weeks": "10 sessions without leave",
}


@pytest.fixture
def told(build):
    """Live through the six weeks; every evening what is due leaves."""
    stand = build(pupils={"p1": {"la_code": "937"}, "p2": {}})
    with stand.receiving() as (_, stand.mailbox):
        for first, marks in (
            ("Mon 2026-10-19", [PRESENT] * 10),
            ("Mon 2026-11-02", ["NN"] * 10),
            ("Mon 2026-11-16", ["NN", "NN", PRESENT, PRESENT, PRESENT]),
        ):
            _live(stand, first, marks)
        stand.drop("Thu 2026-11-05", p1="BB BB")
        stand.pulled("Tue 2026-11-24 15:45")
        stand.judged("Tue 2026-11-24 16:00")
        stand.deliver()
        yield stand


def _live(stand, first, marks):
    calendar = None
    for pair in marks:
        stand.live(first, p1=pair, p2=PRESENT)
        stand.deliver()
        _approve(stand)
        calendar = calendar or stand.relay.sites["lane"].calendar
        first = f"{calendar.nth_after(stand.clock().date(), 1):%a %Y-%m-%d}"


def _approve(stand):
    """The head of provision says yes to what waits, a quarter of an hour later; it leaves at once."""
    stand.clock.instant = stand.clock().replace(minute=15)
    for approval in stand.store.approvals.waiting():
        granting.approve(stand.relay, approval.id, "head_of_provision")
    stand.deliver()


def events(stand):
    """What lies in Warwickshire's folder, in the order of the outbox."""
    order = [each.id for each in stand.messages("notice")]
    found = [json.loads(path.read_bytes()) for path in (stand.folder / "warwickshire").glob("*.json")]
    return sorted((each for each in found if "specversion" in each), key=lambda each: order.index(each["id"]))


def letters(stand, address):
    """What the mail server took for one address, in the order of the outbox."""
    order = [f"<{each.id}@lane.example>" for each in stand.messages("notice")]
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (stand.mailbox.folder / "messages").glob("*.eml")
    ]
    mine = [each for each in found if each["To"] == address and each["Message-ID"] in order]
    return sorted(mine, key=lambda each: order.index(each["Message-ID"]))


def told_council(stand):
    """Day, kind, rule and what is new, of each notice to the council."""
    return [
        " | ".join(
            (
                each["time"][:10],
                each["data"]["kind"],
                RULES[each["data"]["rule"]],
                ", ".join(each["data"].get("changes_since_last", ())),
            )
        )
        for each in events(stand)
    ]


def in_hand(stand):
    """What still counts for the council once it has put each notice where its `supersedes` says."""
    held = {}
    for each in events(stand):
        data = each["data"]
        held.pop(data.get("supersedes"), None)
        if data["kind"] != "withdrawal":
            held[data["notice_ref"]] = f"{data['kind']} | {RULES[data['rule']]}"
    return list(held.values())


def told_by_mail(stand, address):
    """Day and heading of each letter to one address, with the policy's rule where it names one."""
    return [
        f"{each['Date'][5:11]} | {_heading(each)} | {next((RULES[rule] for rule in RULES if f'rule {rule}' in _text(each)), '')}"
        for each in letters(stand, address)
    ]


def _text(letter):
    return letter.get_body(("plain",)).get_content()


def _heading(letter):
    return _text(letter).splitlines()[0]


def test_the_council_is_told_each_thing_once_and_in_order(told):
    assert told_council(told) == [
        "2026-11-03 | notification | under 90 % | ",
        "2026-11-04 | notification | 3 days absent | ",
        "2026-11-06 | notification | 5 days unexplained | ",
        "2026-11-06 | notification | 10 sessions without leave | ",
        "2026-11-13 | update | 10 days unexplained | rung_reached, more_sessions_missed",
        "2026-11-13 | notification | 10 days without leave | ",
        "2026-11-13 | update | 10 sessions without leave | more_sessions_missed",
        "2026-11-13 | referral | 10 days unexplained | ",
        "2026-11-24 | update | 10 sessions without leave | more_sessions_missed, register_corrected",
        "2026-11-24 | withdrawal | 5 days unexplained | ",
        "2026-11-24 | withdrawal | 10 days without leave | ",
        "2026-11-24 | withdrawal | 10 days unexplained | ",
        "2026-11-24 | withdrawal | 10 days unexplained | ",
        "2026-11-24 | notification | 3 days absent | ",
        "2026-11-24 | notification | 5 days unexplained | ",
    ]


def test_what_the_council_has_in_hand_at_the_end_is_what_the_registers_say(told):
    """The run before the interview and the one after it; the ten days running are gone, the referral with them."""
    assert in_hand(told) == [
        "notification | under 90 %",
        "notification | 3 days absent",
        "update | 10 sessions without leave",
        "notification | 3 days absent",
        "notification | 5 days unexplained",
    ]


def test_the_commissioner_is_told_nothing_of_the_referral_and_put_right_about_the_rest(told):
    assert told_by_mail(told, "places@council.example") == [
        "03 Nov | Attendance concern | under 90 %",
        "04 Nov | Attendance concern | 3 days absent",
        "06 Nov | Attendance concern | 5 days unexplained",
        "24 Nov | Notice withdrawn | ",
        "24 Nov | Attendance concern | 3 days absent",
        "24 Nov | Attendance concern | 5 days unexplained",
    ]


def test_the_school_hears_of_the_law_s_own_numbers(told):
    assert told_by_mail(told, "office@alder.example") == [
        "04 Nov | Attendance concern | 3 days absent",
        "06 Nov | Attendance concern | 10 sessions without leave",
        "13 Nov | Attendance concern | 10 days without leave",
        "13 Nov | Attendance concern: update | 10 sessions without leave",
        "24 Nov | Attendance concern: update | 10 sessions without leave",
        "24 Nov | Notice withdrawn | ",
        "24 Nov | Attendance concern | 3 days absent",
    ]


def test_the_notices_of_a_case_are_numbered_as_they_arrive(told):
    by_case = {}
    for each in events(told):
        by_case.setdefault(each["data"]["case_ref"], []).append(each["sequence"])

    assert all(each == sorted(set(each)) for each in by_case.values())
    assert {len(sequence) for each in by_case.values() for sequence in each} == {6}


def test_every_withdrawal_comes_after_what_it_takes_back_and_each_is_taken_back_once(told):
    arrived = [each["data"] for each in events(told)]
    taken_back = [each["supersedes"] for each in arrived if each["kind"] == "withdrawal"]

    assert len(taken_back) == len(set(taken_back)) == 4
    for place, data in enumerate(arrived):
        if data["kind"] == "withdrawal":
            assert data["supersedes"] in [each["notice_ref"] for each in arrived[:place]]


def test_nobody_is_told_a_name_but_whom_the_case_was_referred_to(told):
    named = [each["data"]["kind"] for each in events(told) if "Quillfeather" in json.dumps(each)]

    assert named == ["referral"]
    assert not [
        each
        for a in ("places@council.example", "office@alder.example")
        for each in letters(told, a)
        if "Quillfeather" in each.as_string()
    ]
