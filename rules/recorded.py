"""What somebody can record about a pupil on a date: the words of events.csv and of a policy's events."""

#: A concern that stands from its date until it is recorded as closed.
CONCERNS = ("safeguarding_concern",)
CLOSED = {"safeguarding_concern": "safeguarding_concern_closed", "placement_on_hold": "placement_resumed"}

#: Every recorded event, with what it says. None of them leaves the provider by itself.
RECORDED = {
    "safeguarding_concern": "somebody is worried for the pupil's safety: the safeguarding lead is told at once",
    "safeguarding_concern_closed": "the safeguarding lead has closed the concern",
    "contract_agreed": "an attendance contract or action plan was agreed and signed",
    "support_plan_agreed": "a personalised support plan was agreed",
    "behaviour_concern": "behaviour affects attendance: a behaviour review begins",
    "barrier_known": "a barrier to attending became known, at the referral or later",
    "mental_health_concern": "a mental health need became known",
    "timetable_adapted": "other days, times or places were agreed",
    "placement_on_hold": "the placement is paused: only the safeguarding floor goes on",
    "placement_resumed": "the placement goes on",
    "elective_home_education": "the parents educate the pupil at home",
    "removal_proposed": "the pupil is to be taken off the roll",
    "removal_agreed": "the local authority has agreed to the pupil's removal from the roll",
    "council_involved": "the council or another agency became involved",
}
