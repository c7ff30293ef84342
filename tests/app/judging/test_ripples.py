"""What happens to decisions when the operator's files change afterwards: what no longer holds is taken back."""

import pytest

from tests.app.builders import CALENDAR, POLICY, contact, event, mail, placement, recorded

THREE_DAYS = ("three-days-absent", "three-days-unexplained")


def corrected(stand, at="Thu 2026-11-05 09:45"):
    """Write the folder again and judge."""
    stand.reread()
    return stand.judged(at)


def three_days(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.deliver()


SNOW = CALENDAR.replace("inset = [2026-11-27]", "inset = [2026-11-27]\nclosed = [2026-11-03]")


def test_a_day_closed_afterwards_takes_back_the_run_it_was_part_of(stand):
    with stand.receiving():
        three_days(stand)
        stand.calendar = SNOW
        assert corrected(stand).withdrawn == 2

    assert stand.decisions() == [f"Wed 2026-11-04 p1 {rule} withdrawn" for rule in THREE_DAYS]
    assert [each for each in stand.told("notice.withdrawal") if "pending" in each] == [
        "notice.withdrawal to coventry pending",
        "notice.withdrawal to mail places@council.example pending",
        "notice.withdrawal to mail office@alder.example pending",
    ]


def test_a_day_that_was_open_after_all_makes_the_run_that_it_completes(stand):
    stand.calendar = SNOW
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())
    stand.drop("Tue 2026-11-03", p1="NN", p2=r"/\ ".strip())
    stand.live("Wed 2026-11-04", p1="NN", p2=r"/\ ".strip())
    assert stand.decisions(*THREE_DAYS) == []

    stand.calendar = CALENDAR
    corrected(stand)

    assert stand.decisions(*THREE_DAYS) == [f"Wed 2026-11-04 p1 {rule}" for rule in THREE_DAYS]


def test_a_decision_of_a_day_that_was_none_is_taken_back(stand):
    three_days(stand)
    stand.calendar = CALENDAR.replace("inset = [2026-11-27]", "inset = [2026-11-27, 2026-11-04]")

    assert corrected(stand).withdrawn == 2
    assert stand.decisions() == [f"Wed 2026-11-04 p1 {rule} withdrawn" for rule in THREE_DAYS]


def test_the_next_term_added_to_the_calendar_changes_nothing_that_was_decided(stand):
    three_days(stand)
    stand.calendar = CALENDAR + '\n[[term]]\nname = "Spring"\nfirst = 2027-01-04\nlast = 2027-03-26\n'

    assert corrected(stand).withdrawn == 0
    assert stand.store.intake.to_judge("lane") == {}


@pytest.mark.parametrize(
    ("column", "value", "withdrawn"),
    [
        pytest.param("expected", "Mon AM;Mon PM;Tue AM;Tue PM", 2, id="he was never due on Wednesdays"),
        pytest.param("expected", "Mon AM;Tue AM;Wed AM", 0, id="mornings alone: three days all the same"),
        pytest.param("start_date", "2026-11-03", 2, id="the placement began on Tuesday"),
        pytest.param("start_date", "2026-11-09", 2, id="it had not begun at all"),
        pytest.param("start_date", "2026-10-20", 0, id="it began earlier, and nothing changes"),
        pytest.param("end_date", "2026-11-03", 2, id="it had ended on Tuesday"),
        pytest.param("end_date", "2026-12-18", 0, id="it will end"),
        pytest.param("la_code", "937", 0, id="who is told is no question of the marks"),
        pytest.param("flags", "send", 0, id="no rule asks for the flag"),
    ],
)
def test_a_placement_corrected_afterwards_is_judged_as_it_should_have_been(stand, column, value, withdrawn):
    three_days(stand)
    stand.placements[0][column] = value

    assert corrected(stand).withdrawn == withdrawn


def test_a_timetable_corrected_to_more_sessions_makes_the_run_that_it_completes(build):
    stand = build(pupils={"p1": {"expected": "Tue AM;Tue PM;Wed AM;Wed PM"}, "p2": {}})
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    assert stand.decisions(*THREE_DAYS) == []

    stand.placements[0]["expected"] = ""
    corrected(stand)

    assert stand.decisions(*THREE_DAYS) == [f"Wed 2026-11-04 p1 {rule}" for rule in THREE_DAYS]


def test_the_files_read_again_unchanged_have_nobody_judged_again(stand):
    three_days(stand)
    corrected(stand)

    assert stand.store.intake.to_judge("lane") == {}


def test_a_change_is_noted_together_with_what_it_was_changed_to(stand):
    """A pull writes the files down; the judging that follows finds what they changed."""
    three_days(stand)
    stand.calendar = SNOW
    stand.reread()
    stand.at("Thu 2026-11-05 09:30")
    stand.drop("Thu 2026-11-05", p1="//")
    stand.pull()

    assert f"{stand.store.intake.to_judge('lane')['p2']}" == "2026-11-03"
    assert stand.judged("Thu 2026-11-05 09:45").withdrawn == 2
    assert stand.judged("Thu 2026-11-05 12:45").withdrawn == 0


# --- what a withdrawal says --------------------------------------------------------------------------------------


def reasons(stand, destination="coventry"):
    messages = [each for each in stand.messages("notice.withdrawal") if each.destination == destination]
    return [event(each)["data"]["reason"].partition("; this no longer holds")[0] for each in messages]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "//",
            'A register was corrected (Tue 3 Nov: was "absent, unexplained", is "present")',
            id="he was there",
        ),
        pytest.param(
            "N/",
            'A register was corrected (Tue 3 Nov PM: was "absent, unexplained", is "present")',
            id="in the afternoon",
        ),
        pytest.param(
            "C1/",
            'A register was corrected (Tue 3 Nov AM: was "absent, unexplained", is "absent, reason known"; '
            'Tue 3 Nov PM: was "absent, unexplained", is "present")',
            id="one way and another",
        ),
    ],
)
def test_a_withdrawal_says_which_sessions_are_another_now_and_no_code(stand, text, reason):
    with stand.receiving():
        three_days(stand)
        stand.drop("Tue 2026-11-03", p1=text.replace("C1", "[C1]"))
        stand.pulled("Thu 2026-11-05 09:30")
        stand.judged("Thu 2026-11-05 09:45")

    assert reasons(stand) == [reason]


def test_a_withdrawal_says_that_a_day_was_closed(stand):
    with stand.receiving():
        three_days(stand)
        stand.calendar = CALENDAR.replace("inset = [2026-11-27]", "inset = [2026-11-27, 2026-11-03]")
        corrected(stand)

    assert reasons(stand) == ["The calendar or the placement was corrected (Tue 3 Nov: no school day: INSET day)"]


def test_a_withdrawal_says_that_the_pupil_was_not_due(stand):
    with stand.receiving():
        three_days(stand)
        stand.placements[0]["expected"] = "Mon AM;Mon PM;Tue AM;Tue PM;Wed PM"
        stand.placements[0]["end_date"] = "2026-11-03"
        corrected(stand)

    assert reasons(stand) == ["The calendar or the placement was corrected (Wed 4 Nov: not due)"]


def test_a_corrected_illness_says_nothing_of_health(stand):
    """I became M: for a receiver both are an absence with a reason, so the session is not named."""
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="II II II", p2=r"/\*3")
        stand.deliver()
        stand.drop("Mon 2026-11-02", p1="MM")
        stand.drop("Tue 2026-11-03", p1="//")
        stand.pulled("Thu 2026-11-05 09:30")
        stand.judged("Thu 2026-11-05 09:45")

    assert reasons(stand) == ['A register was corrected (Tue 3 Nov: was "absent, reason known", is "present")']


# --- events ------------------------------------------------------------------------------------------------------

CONTRACT = """
[[rule]]
id       = "contract"
rows     = ["L-94"]
says     = "A contract was agreed: the commissioner is told."
once_per = "day"
when     = { metric = "event", event = "contract_agreed" }

  [[rule.then]]
  kind = "notice"
  to   = ["commissioner"]
  says = "Please note the contract."
  due_school_days = 0
"""


def with_contract(stand, *events):
    stand.policy, stand.events = POLICY + CONTRACT, list(events)
    return stand


def test_a_recorded_event_is_acted_on_the_day_it_was_recorded(stand):
    with_contract(stand, recorded("p1", "Tue 2026-11-03", "contract_agreed"))
    stand.live("Mon 2026-11-02", p1=r"/\*3", p2=r"/\*3")

    assert stand.decisions() == ["Tue 2026-11-03 p1 contract"]


def test_an_event_recorded_late_is_acted_on_when_it_is_known(stand):
    with_contract(stand).live("Mon 2026-11-02", p1=r"/\*3", p2=r"/\*3")

    stand.events = [recorded("p1", "Tue 2026-11-03", "contract_agreed")]
    corrected(stand)

    assert stand.decisions() == ["Tue 2026-11-03 p1 contract"]


def test_an_event_taken_out_takes_back_what_was_done_because_of_it(stand):
    with_contract(stand, recorded("p1", "Tue 2026-11-03", "contract_agreed"))
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1=r"/\*3", p2=r"/\*3")
        stand.deliver()
        stand.events = []
        corrected(stand)

    assert stand.decisions() == ["Tue 2026-11-03 p1 contract withdrawn"]
    assert stand.told("notice.withdrawal") == ["notice.withdrawal to mail places@council.example pending"]
    assert "What this rested on was corrected" in mail(stand.messages("notice.withdrawal")[0]).as_string()


def test_an_events_note_and_author_stand_in_no_message_and_not_in_the_database(stand):
    note = {"note": "the mother said that Quillfeather drinks", "recorded_by": "M Ash"}
    with_contract(stand, recorded("p1", "Tue 2026-11-03", "contract_agreed") | note)
    stand.live("Mon 2026-11-02", p1=r"/\*3", p2=r"/\*3")

    assert not [each for each in stand.messages() if b"drinks" in each.payload or b"M Ash" in each.payload]
    stand.store._connection.sqlite.execute("PRAGMA wal_checkpoint")
    assert b"drinks" not in stand.settings.database.read_bytes()


# --- missing registers -------------------------------------------------------------------------------------------


def cases(stand):
    return [f"{each.pupil_id} {each.ladder}" for each in stand.store.cases.episodes("lane")]


def test_while_a_register_is_missing_a_case_is_neither_closed_nor_moved(stand):
    stand.live("Mon 2026-11-02", p1="OO*4", p2=r"/\*4")
    before = cases(stand), stand.decisions()
    stand.live("Fri 2026-11-06", p1="--", p2="//")
    stand.live("Mon 2026-11-09", p1="O-", p2="//")

    assert (cases(stand), stand.decisions()) == before


def test_when_the_register_comes_the_case_goes_on(stand):
    stand.live("Mon 2026-11-02", p1="NN*4", p2=r"/\*4")
    stand.live("Fri 2026-11-06", p1="--", p2="//")
    stand.drop("Fri 2026-11-06", p1="NN")
    stand.live("Mon 2026-11-09", p1="NN", p2="//")

    assert stand.decisions("five-days-unexplained") == ["Fri 2026-11-06 p1 five-days-unexplained"]


# --- who is told as well -----------------------------------------------------------------------------------------

CARE = """
[[also_tell]]
rows  = ["L-95"]
flags = ["looked_after"]
to    = ["social_worker"]
"""


def looked_after(build):
    stand = build(pupils={"p1": {"flags": "looked_after", "social_worker": "sw@council.example"}, "p2": {}})
    stand.contacts.append(contact("social_worker", "331", address="sw@council.example"))
    stand.policy = POLICY.replace("[[ladder]]", CARE + "\n[[ladder]]", 1)
    return stand


def test_whoever_the_policy_names_is_told_of_every_notice_about_a_pupil_with_the_flag(build):
    stand = looked_after(build)
    stand.live("Mon 2026-11-02", p1="II*3", p2="II*3")

    told = {each.address for each in stand.messages("notice")}
    assert told == {"", "places@council.example", "office@alder.example", "sw@council.example"}
    assert len([each for each in stand.messages("notice") if each.address == "sw@council.example"]) == 1
    [p1, p2] = [each for each in stand.store.cases.of_school("lane") if each.rule == "three-days-absent"]
    assert (list(p1.rows), list(p2.rows)) == (["L-11", "L-04", "L-95"], ["L-11", "L-04"])


def test_whoever_was_told_as_well_is_told_that_it_no_longer_holds(build):
    stand = looked_after(build)
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="II*3", p2=r"/\*3")
        stand.deliver()
        stand.drop("Mon 2026-11-02", p1="//")
        stand.pulled("Thu 2026-11-05 09:30")
        stand.judged("Thu 2026-11-05 09:45")

    assert "notice.withdrawal to mail sw@council.example pending" in stand.told("notice.withdrawal")


# --- flags -------------------------------------------------------------------------------------------------------


def test_a_flag_that_begins_with_a_new_row_concerns_the_days_from_then_on(stand):
    """Looked after since Wednesday: Monday's absence is none of the social worker's business."""
    before = stand.placements[0] | {"end_date": "2026-11-03"}
    stand.placements[0] |= {"start_date": "2026-11-04", "flags": "looked_after"}
    stand.placements.append(before)
    stand.live("Mon 2026-11-02", p1=r"NN /\ NN", p2=r"/\*3")

    assert stand.decisions("floor-social-worker") == ["Wed 2026-11-04 p1 floor-social-worker"]


def test_a_flag_added_to_a_row_corrects_it_from_its_start(stand):
    stand.live("Mon 2026-11-02", p1=r"NN /\ NN", p2=r"/\*3")
    assert stand.decisions("floor-social-worker") == []

    stand.placements[0]["flags"] = "looked_after"
    corrected(stand)

    assert stand.decisions("floor-social-worker") == [
        "Mon 2026-11-02 p1 floor-social-worker",
        "Wed 2026-11-04 p1 floor-social-worker",
    ]


# --- a pupil who is entered late ---------------------------------------------------------------------------------

PROFILE = """
[[rule]]
id       = "tutor-is-prepared"
rows     = ["L-96"]
says     = "A school week before the start the tutor is prepared."
once_per = "ever"
when     = { metric = "event", event = "pre_commencement", school_days_before = 5 }

  [[rule.then]]
  kind = "task"
  to   = ["staff"]
  says = "Prepare the tutor."
  due_school_days = 2
"""


def test_what_is_asked_before_the_first_day_is_asked_for_a_pupil_entered_late_too(stand):
    stand.policy = POLICY + PROFILE
    stand.live("Mon 2026-11-02", p1=r"/\*8", p2=r"/\*8")

    stand.placements.append(placement("p3", 3, start_date="2026-11-13"))
    corrected(stand, "Thu 2026-11-12 09:45")

    assert stand.decisions("tutor-is-prepared") == ["Fri 2026-11-06 p3 tutor-is-prepared"]
