"""Facts for documents, full and all unknown. Robin Canary and Zoë Wren exist nowhere but in tests."""

from dataclasses import replace
from datetime import date, timedelta

from mapping.model import Half, Session
from outbox.document_parts import Attendance, Authority, CodedMark, Fired, Placing, Pupil, Share
from outbox.document_records import (
    Contract,
    EarlierNotice,
    Enquiry,
    Figure,
    Intervention,
    PupilLine,
    Stretch,
    TaskLine,
)
from outbox.documents import DocumentFacts, ListFacts
from outbox.notice_parts import HomeSchool, Parent
from outbox.seen import Seen
from tests.outbox.builders import MON, NOW, SENDER, TUE, WED, calendar

ASHGROVE = HomeSchool(urn="999001", laestab="9374001", name="Ashgrove Academy")
WARWICKSHIRE = Authority(
    code="937",
    name="Warwickshire County Council",
    ten_day_label="10-day unexplained absence: children missing education",
    ten_day_route="cme",
)
UNEXPLAINED = tuple(Session(day, half) for day in (MON, TUE, WED) for half in Half)

ROBIN = Pupil(
    pupil_id="10293",
    surname="Canary",
    forename="Robin",
    known_as="Robbie",
    gender="male",
    date_of_birth=date(2012, 3, 14),
    year_group="10",
    upn="P937400126001",
    address="4 Aviary Close, Leamington Spa CV32 9XX",
    parents=(Parent(name="Jo Canary", relationship="mother", phones=("01632 960777",)),),
    emergency_contacts=("grandmother, 01632 960778",),
    siblings=("sister, Ashgrove Primary",),
    flags=frozenset({"send", "social_worker"}),
)
FIRED = Fired(
    policy="swift-learning",
    policy_version="2026-09-01",
    rule="three-days-unexplained",
    says="After three days with no explanation we reach out to the family.",
    reason="absent without explanation for 3 school days running, from Mon 2 Nov to Wed 4 Nov 2026",
    fired_on=WED,
    asked="Please make contact with the family and note what they say.",
    to=("attendance_team", "dsl"),
    due_on=date(2026, 11, 5),
    rows=("S3-26",),
    ladder="absence",
    rung=2,
    counted=UNEXPLAINED,
    stepped_over=((date(2026, 10, 30), "closed"),),
    not_recorded=(Session(date(2026, 10, 22), Half.PM),),
    passed=("two-days",),
)
ATTENDANCE = Attendance(
    window_from=date(2026, 9, 2),
    window_to=WED,
    share=Share(attended=70, possible=81),
    national=Share(attended=70, possible=84),
    authorised=8,
    unauthorised=6,
    unexplained=6,
    illness=2,
    late=3,
    run_sessions=6,
    run_timetabled_days=3,
    run_school_days=3,
    first_missed_on=MON,
    last_attended=Session(date(2026, 10, 23), Half.PM),
    last_seen_on=date(2026, 10, 25),
    marks=(
        CodedMark(session=Session(date(2026, 10, 20), Half.PM), code="I", meaning="Illness"),
        *(CodedMark(session=each, code="N", meaning="Reason for absence not yet established") for each in UNEXPLAINED),
    ),
    not_recorded=(Session(date(2026, 10, 22), Half.PM),),
    calendar=calendar(date(2026, 10, 19), "// /I // /- //", ".. .. .. .. ..", "NN NN NN .. .."),
)
TASKS = (
    TaskLine(
        opened_on=MON,
        role="attendance_team",
        asked="Ring the family on the first day.",
        due_on=MON,
        done_on=MON,
        outcome="no answer",
        pupil_id="10293",
    ),
    TaskLine(opened_on=MON, role="key_worker", asked="Visit the home with a colleague.", due_on=TUE, pupil_id="10293"),
    TaskLine(
        opened_on=WED,
        role="dsl",
        asked="Look at the concern with what else is known.",
        due_on=date(2026, 11, 6),
        pupil_id="10311",
    ),
)
ENQUIRIES = (
    Enquiry(
        made_on=MON,
        time="09:40",
        role="attendance_team",
        method="call",
        tried="mother's mobile",
        spoke_to="nobody",
        outcome="no answer",
    ),
    Enquiry(made_on=TUE, role="key_worker", method="home_visit", tried="home address", outcome="nobody in"),
)
CONTRACT = Contract(
    agreed_on=date(2026, 10, 5),
    target=95.0,
    review_on=date(2026, 11, 16),
    actions=("Robin texts when the bus is late.",),
    share=Share(attended=21, possible=30),
)
HALF_TERMS = (
    Stretch(name="Autumn 1", first=date(2026, 9, 2), last=date(2026, 10, 23), share=Share(attended=66, possible=74)),
    Stretch(name="Autumn 2", first=MON, last=WED, share=Share(attended=0, possible=6)),
)
FULL = DocumentFacts(
    provider=SENDER,
    school="Thornbury Lane, main site",
    today=WED,
    pupil=ROBIN,
    reference="A7C3-K9MP",
    contact_name="Sam Okafor",
    placement=Placing(
        reference="PL-0412",
        start_on=date(2026, 9, 2),
        end_on=date(2026, 12, 18),
        arrangement="school_commissioned",
        commissioner="Ashgrove Academy",
        home_school=ASHGROVE,
        previous_school="Elm Park School",
        timetable=("Mon AM", "Mon PM", "Tue AM", "Wed AM"),
        is_part_time=True,
        tutor="M. Hale",
        key_worker="T. Adeyemi",
        social_worker="on record",
    ),
    authority=WARWICKSHIRE,
    decision=FIRED,
    attendance=ATTENDANCE,
    registers_as_at=NOW,
    tasks=TASKS,
    enquiries=ENQUIRIES,
    earlier=(EarlierNotice(sent_on=TUE, to="home_school", what="Attendance concern", reference="H4RT-27WX"),),
    contract=CONTRACT,
    target=95.0,
    half_terms=HALF_TERMS,
    interventions=(
        Intervention(
            done_on=date(2026, 10, 5),
            what="Attendance contract agreed",
            school_days=14,
            before=Share(attended=20, possible=28),
            after=Share(attended=25, possible=28),
        ),
    ),
    upcoming=(Session(date(2026, 11, 5), Half.AM),),
    term="autumn term 2026",
    incomplete=("The register of the afternoon of Thu 22 Oct 2026 is missing.",),
)
UNKNOWN = DocumentFacts(provider=SENDER, school="Thornbury Lane", today=WED, pupil=Pupil(pupil_id="10293"))

LINES = (
    PupilLine(
        pupil_id="10293",
        name="Robin Canary",
        year_group="10",
        home_school="Ashgrove Academy",
        key_worker="T. Adeyemi",
        morning=Seen.UNEXPLAINED,
        afternoon=Seen.UNEXPLAINED,
        share=Share(attended=70, possible=81),
        run_school_days=3,
        stage="Stage 2: ongoing concern",
        concern="absent without explanation for 3 school days running",
        concern_on=WED,
        last_contact_on=TUE,
        next_due_on=date(2026, 11, 5),
        next_task="Visit the home with a colleague.",
        open_tasks=2,
        overdue_tasks=1,
        pattern="missed 4 of the last 6 Mondays",
    ),
    PupilLine(
        pupil_id="10311",
        name="Zoë Wren, the second",
        year_group="9",
        home_school="Elm Park School",
        morning=Seen.PRESENT,
        afternoon=Seen.NOT_RECORDED,
        share=Share(attended=77, possible=81),
        returned_on=WED,
        sessions_a_week=6,
        review_on=date(2026, 11, 20),
        earned="met the target of 95%",
    ),
    PupilLine(
        pupil_id="10407",
        name="Finch Amara",
        year_group="11",
        morning=Seen.PRESENT,
        afternoon=Seen.EXPLAINED,
        share=Share(attended=60, possible=80),
        stage="Stage 1: concern",
        concern="attendance below 80%",
        concern_on=date(2026, 10, 19),
        sessions_a_week=4,
    ),
)
FULL_LIST = ListFacts(
    provider=SENDER,
    school="Thornbury Lane, main site",
    today=WED,
    role="attendance_lead",
    first=MON,
    last=WED,
    reference="L2XK-77QD",
    policy="swift-learning",
    policy_version="2026-09-01",
    target=95.0,
    lines=LINES,
    tasks=TASKS,
    registers_missing=(Session(TUE, Half.PM),),
    figures=(Figure(label="Pupils on roll", value="3"), Figure(label="Pupils below 90%", value="2")),
    half_terms=HALF_TERMS,
    registers_as_at=NOW,
    incomplete=("The placements of one pupil hold no home school.",),
)
EMPTY_LIST = ListFacts(
    provider=SENDER, school="Thornbury Lane", today=WED, role="staff", first=WED - timedelta(days=2), last=WED
)


def list_of(**changes) -> ListFacts:
    return replace(FULL_LIST, **changes)


def facts_of(**changes) -> DocumentFacts:
    return replace(FULL, **changes)
