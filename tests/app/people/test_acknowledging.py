"""Who has said that they have a notice, and who is asked when nobody has."""

import pytest

from app.people import acknowledging, tasking
from tests.app.builders import POLICY, moment
from tests.builders import CANARY

PRESENT = r"/\ ".strip()


@pytest.fixture
def stand(build):
    """Three days without a word: told to the council, the commissioner and the school, to be answered by Thursday."""
    stand = build()
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
        stand.deliver()
        yield stand


def the(stand, role="commissioner"):
    [sent] = [each for each in stand.store.notices.awaited("lane") if each.role == role]
    return sent


def asked(stand, role=None, state="open"):
    """What people are asked about notices."""
    every = stand.store.tasks.of_pupil("lane", "p1")
    return [
        each for each in every if each.says.startswith("Notice ") and each.state == state and role in {None, each.role}
    ]


def acknowledge(stand, by="commissioner", **given):
    return acknowledging.acknowledge(stand.relay, the(stand, by).notice_ref, by, **given)


# --- somebody says so --------------------------------------------------------------------------------------------


def test_what_was_sent_is_awaited_until_somebody_acknowledges_it(stand):
    assert [(each["role"], each["state"]) for each in acknowledging.awaited(stand.relay)] == [
        ("local_authority", "delivered"),
        ("commissioner", "delivered"),
        ("home_school", "delivered"),
    ]
    stand.at("Wed 2026-11-04 16:30")
    sent = the(stand)

    answer = acknowledge(stand)

    assert (answer.is_ok, answer.sentence) == (True, f"notice {sent.notice_ref} is acknowledged by the commissioner")
    assert [each["role"] for each in acknowledging.awaited(stand.relay)] == ["local_authority", "home_school"]
    [receipt] = [each for each in stand.store.messages.receipts(sent.message_id) if each.kind == "processed"]
    assert (receipt.said, receipt.at) == ("acknowledged by commissioner", moment("Wed 2026-11-04 16:30"))


def test_acknowledged_twice_the_first_time_stays(stand):
    ref = the(stand).notice_ref
    acknowledge(stand)
    stand.at("Thu 2026-11-05 09:00")

    again = acknowledging.acknowledge(stand.relay, ref, "commissioner")

    assert again.is_ok
    assert again.sentence == f"notice {ref} was already acknowledged on 2026-11-04"


@pytest.mark.parametrize("typed", ["{0}", " {1} ", "{2}"])
def test_a_reference_is_found_however_it_was_typed(stand, typed):
    ref = the(stand).notice_ref

    answer = acknowledging.acknowledge(
        stand.relay, typed.format(ref.lower(), ref.replace("-", " "), ref.replace("-", "")), "commissioner"
    )

    assert answer.is_ok


def test_it_may_be_written_down_later_with_the_time_at_which_it_was_said(stand):
    sent = the(stand)
    stand.at("Thu 2026-11-05 09:00")

    assert acknowledge(stand, at=moment("Wed 2026-11-04 17:00")).is_ok
    assert stand.store.notices.get(sent.message_id).processed_at == moment("Wed 2026-11-04 17:00")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"at": "Wed 2026-11-04 15:00"}, "--at 2026-11-04 15:00: notice REF cannot have been acknowledged then"),
        ({"at": "Fri 2026-11-06 15:00"}, "--at 2026-11-06 15:00: notice REF cannot have been acknowledged then"),
        ({"by": "M Lee"}, "--by M Lee is not a role: the roles are "),
        ({"notice_ref": "AAAA-AAAA"}, "notice AAAA-AAAA: there is none; awaited notices there are: "),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(stand, given, sentence):
    ref = the(stand).notice_ref
    at = moment(given["at"]) if "at" in given else None

    answer = acknowledging.acknowledge(stand.relay, given.get("notice_ref", ref), given.get("by", "commissioner"), at)

    assert not answer.is_ok
    assert answer.sentence.startswith(sentence.replace("REF", ref))
    assert len(acknowledging.awaited(stand.relay)) == 3


# --- nobody says so ----------------------------------------------------------------------------------------------


def test_after_its_deadline_the_actor_of_the_case_and_whoever_answers_for_tasks_are_asked(stand):
    ref = the(stand).notice_ref
    stand.judged("Thu 2026-11-05 16:00")
    assert asked(stand) == []

    stand.judged("Fri 2026-11-06 09:45")

    [to_staff] = [each for each in asked(stand, "staff") if ref in each.says]
    assert to_staff.says == (
        f"Notice {ref} to the commissioner was not acknowledged by its deadline, Thu 5 Nov 2026: ring them, and run"
        f" `attendance-relay acknowledge {ref} --by commissioner`."
    )
    assert f"{to_staff.due_on}" == "2026-11-09"
    [to_head] = [each for each in asked(stand, "head_of_provision") if ref in each.says]
    assert "see that somebody rings them" in to_head.says


def test_each_notice_is_asked_about_once_however_often_and_by_whomever_it_is_judged(stand):
    stand.judged("Fri 2026-11-06 09:45")
    before = [each.id for each in asked(stand)]
    stand.judged("Fri 2026-11-06 16:00")
    stand.close()  # a restart
    stand.judged("Mon 2026-11-09 09:45")
    stand.live("Mon 2026-11-09", p1=PRESENT, p2=PRESENT)
    stand.live("Tue 2026-11-10", p1=PRESENT, p2=PRESENT)

    assert [each.id for each in asked(stand)] == before
    assert len(before) == 6
    assert [each.says for each in stand.store.tasks.escalations() if "Notice" in each.says] == []


def test_nobody_is_asked_on_a_day_without_school(stand):
    stand.judged("Sat 2026-11-07 09:45")
    assert asked(stand) == []

    stand.judged("Mon 2026-11-09 09:45")
    assert len(asked(stand)) == 6


def test_nobody_is_asked_about_what_was_acknowledged(stand):
    for role in ("commissioner", "local_authority", "home_school"):
        acknowledge(stand, role)

    stand.judged("Fri 2026-11-06 09:45")

    assert asked(stand) == []


def test_an_answer_that_comes_late_closes_what_was_asked(stand):
    stand.judged("Fri 2026-11-06 09:45")
    ref = the(stand).notice_ref
    acknowledge(stand)

    assert [each.note for each in asked(stand, state="done")] == [f"notice {ref} was acknowledged by commissioner"] * 2
    assert len(asked(stand)) == 4


def test_a_notice_taken_back_needs_no_answer(stand):
    stand.judged("Fri 2026-11-06 09:45")
    stand.drop("Tue 2026-11-03", p1="//")
    stand.pulled("Fri 2026-11-06 12:30")
    stand.judged("Fri 2026-11-06 12:45")

    assert asked(stand) == []
    assert len(asked(stand, state="withdrawn")) == 6
    assert acknowledging.awaited(stand.relay) == []
    stand.judged("Mon 2026-11-16 09:45")
    assert asked(stand) == []


def test_what_must_be_answered_the_same_day_is_asked_for_the_day_on_which_it_is_asked(stand):
    """Five days: due on Friday, so that somebody rings on Monday."""
    stand.live("Thu 2026-11-05", p1="NN*2", p2=r"/\*2")
    stand.deliver()
    stand.judged("Mon 2026-11-09 09:45")

    due = {f"{each.due_on}" for each in asked(stand) if "Fri 6 Nov 2026" in each.says}
    assert due == {"2026-11-09"}


def test_whoever_acknowledges_an_update_need_not_be_rung_about_what_it_replaced(build):
    stand = build(pupils={"p1": {"la_code": "937"}, "p2": {}})
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")
        stand.deliver()
        stand.live("Mon 2026-11-09", p1="NN*5", p2=r"/\*5")
        stand.deliver()
        [five] = [each for each in asked(stand, "staff") if "local authority" in each.says and "Fri 6 Nov" in each.says]

        update = stand.store.notices.get(stand.store.notices.get(five.about).replaced_by)
        acknowledging.acknowledge(stand.relay, update.notice_ref, "local_authority")

    assert stand.store.tasks.get(five.id).state == "done"


# --- what never arrived is another trouble -----------------------------------------------------------------------


def test_what_was_never_delivered_is_said_to_be_and_is_not_acknowledged(build):
    stand = build()
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")  # nobody listens, nothing is delivered
    ref = the(stand).notice_ref
    stand.judged("Fri 2026-11-06 09:45")

    [task] = [each for each in asked(stand, "staff") if ref in each.says]
    assert task.says == (
        f"Notice {ref} to the commissioner was never delivered, and its deadline was Thu 5 Nov 2026:"
        " tell them by other means."
    )
    answer = acknowledge(stand)
    assert not answer.is_ok
    assert answer.sentence.startswith(f"notice {ref} is pending, so nobody has it")


def test_the_providers_own_people_are_given_tasks_and_acknowledge_nothing(build):
    stand = build()
    stand.policy = POLICY.replace(
        'to   = ["local_authority", "commissioner", "home_school"]', 'to   = ["dsl", "commissioner"]'
    )
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")

    assert [each["role"] for each in acknowledging.awaited(stand.relay)] == ["commissioner"]


def test_nothing_that_is_listed_or_asked_names_the_child(stand):
    stand.judged("Fri 2026-11-06 09:45")

    shown = f"{acknowledging.awaited(stand.relay)} {tasking.open_tasks(stand.relay, schools={'lane'})}"
    assert not [name for name in CANARY if name in shown]
