import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from config.templates_list import TEMPLATES, WORKBOOK
from outbox.documents import ListFacts, render
from outbox.emails import templates
from outbox.notice import HeldBy
from tests.outbox.builders import TEMPLATES as SHIPPED
from tests.outbox.builders import WED, environment
from tests.outbox.document_builders import (
    ATTENDANCE,
    EMPTY_LIST,
    FULL,
    FULL_LIST,
    LINES,
    ROBIN,
    UNKNOWN,
    facts_of,
    list_of,
)

LISTS = {
    *("daily-staff-list", "briefing-sheet", "weekly-digest", "reward-list"),
    *("policy-statistics", "part-time-list", "pattern-report"),
}
NAMES = sorted(set(TEMPLATES) - {WORKBOOK})
ABOUT_PUPILS = sorted(set(NAMES) - LISTS)
LETTERS = (
    *("support-letter", "term-end-report", "reporting-reminder-letter", "early-support-letter"),
    *("sam-awareness-letter", "notice-to-improve", "stage-2-email", "stage-3-letter", "formal-warning"),
    *("parent-council-involved", "parent-digest"),
)
#: Where the pupil's own data is shown and the provider may not have it.
HELD = (
    *("attendance-contract", "contract-progress", "home-visit-proforma", "sam-minutes", "sam-review", "action-plan"),
    *("support-plan", "behaviour-support-plan", "transition-plan", "reintegration-plan", "stage-2-agreement"),
    *("cme-referral", "cme-pack", "enforcement-pack", "leaver-notice", "attendance-return", "sickness-return"),
    *("initial-profile", "pupil-summary", "talking-points", "effectiveness-pack", *LETTERS),
)
ENV = environment()


@cache
def full(name):
    return render(name, FULL_LIST if name in LISTS else FULL, environment=ENV)


@cache
def bare(name):
    return render(name, EMPTY_LIST if name in LISTS else UNKNOWN, environment=ENV)


class Page(HTMLParser):
    """Hears a page as a screen reader would: tags with their attributes, and the text of each table cell."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.words, self.cells = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        if tag in {"th", "td"}:
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if {"th", "td"} & set(self.open):
            self.cells[-1] += data.strip()

    def having(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rendered", [full, bare])
def test_every_document_says_no_none_and_fits_the_width(name, rendered):
    document = rendered(name)

    assert not re.search(r"\bNone\b|Undefined", document.text + document.html)
    assert max(map(len, document.text.splitlines())) <= 78
    assert document.text.endswith("cannot read along.\n") or "cannot" in document.text[-60:]
    assert document.name == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rendered", [full, bare])
def test_every_page_can_be_read_by_a_screen_reader(name, rendered):
    page = Page(rendered(name).html)

    assert page.open == []
    assert page.having("html") == [{"lang": "en-GB"}]
    assert len(page.having("h1")) == 1
    assert all("scope" in header for header in page.having("th"))
    assert all(region["aria-label"] for region in page.having("div") if region.get("role"))
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.having("meta")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rendered", [full, bare])
def test_no_fact_stands_with_an_empty_label_or_without_a_value(name, rendered):
    html = rendered(name).html

    assert not re.search(r'<th scope="(row|col)">\s*</th>', html)
    facts = "".join(re.findall(r'<table class="facts">.*?</table>', html, re.DOTALL))
    assert not re.search(r"<td[^>]*>\s*</td>", facts)


@pytest.mark.parametrize("name", HELD)
def test_what_the_provider_does_not_hold_is_said_to_be_held_by_the_home_school(name):
    assert "held by home school" in " ".join(bare(name).text.split())
    assert "held by home school" in " ".join(bare(name).html.split())


def test_what_a_responsible_authority_holds_is_said_to_be_held_there():
    text = render("cme-pack", replace(UNKNOWN, held_by=HeldBy.RESPONSIBLE_LA), environment=ENV).text

    assert "UPN:                          held by the local authority" in text
    assert "held by home school" not in text


@pytest.mark.parametrize("name", NAMES)
def test_titles_name_no_pupil(name):
    document = full(name)
    heading = re.search(r"<title>(.*?)</title>", document.html)[1]

    assert not re.search("Canary|Robin|Wren|Amara", document.title + heading)
    assert document.title.endswith("Thornbury Lane, main site" if name in LISTS else "pupil 10293")


@pytest.mark.parametrize("name", ABOUT_PUPILS)
def test_markup_in_a_pupils_facts_is_shown_and_not_obeyed(name):
    spelled = "<b>Ro&bin"
    facts = facts_of(
        pupil=replace(ROBIN, forename=spelled, surname=spelled, address=spelled),
        school=spelled,
        incomplete=(spelled,),
        contact_name=spelled,
    )

    document = render(name, facts, environment=ENV)

    assert "<b>Ro" not in document.html
    assert "&lt;b&gt;Ro&amp;bin" in document.html
    assert "&amp;lt;" not in document.html
    assert spelled in document.text


@pytest.mark.parametrize("name", sorted(LISTS))
def test_markup_in_a_list_is_shown_and_not_obeyed(name):
    lines = tuple(replace(line, name="<i>Zoë", pattern="<i>", stage="<i>", earned="<i>") for line in LINES)

    document = render(name, list_of(lines=lines, school="<i>Lane"), environment=ENV)

    assert "<i>" not in document.html
    assert "&lt;i&gt;" in document.html


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_invents_no_parents_name_and_says_who_writes_and_how_to_reply(name):
    text = full(name).text
    flowing = " ".join(text.split())

    assert "To the parent or carer of Robin Canary" in text
    assert "Dear parent or carer," in text
    assert "Jo Canary" not in text
    assert "Wednesday 4 November 2026" in text
    assert "Please ring 01632 960123 or write to attendance@thornburylane.example" in flowing
    assert "Signed: ____" in text
    assert "[Draft. " in text
    assert "sends" in flowing[: flowing.index("Dear parent")]


#: What the policies' rows and the referral forms ask for, document by document.
DEMANDED = {
    # S0-18, S0-19: every field of the form, with its four signatures.
    "attendance-contract": (
        *("Date and time:", "Venue:", "Pupil's name:", "Date of birth:", "Address:", "PRESENT", "Tutor:", "Action"),
        *("Attendance target:            95%", "Timescale for improvement:", "Review date:", "Parent or carer\n"),
        *("Pupil\n", "Provision team\n", "Other agency\n", "Signature: ___"),
    ),
    # S0-14: the progress sheet for the evaluation.
    "contract-progress": ("Target met so far:            no", "21 of 30 sessions (70%)", "commissioner's attendance"),
    # S0-01, S0-04, S0-07, S1-07.
    "initial-profile": (
        "first contact",
        "at least 30 minutes",
        "Barriers named at referral",
        "Thu 5 Nov 2026 (morning)",
        "95%",
    ),
    # S1-11 to S1-13 and S1-16 to S1-18: what differs online and face to face.
    "not-arrived-messages": (
        *("ONLINE", "After 20 minutes: call and text.", "stay available until the session ends"),
        *("FACE TO FACE", "After 20 minutes: call, text and email.", "leaving the place of the session"),
    ),
    # S1-08, S1-09.
    "session-confirmation-text": ("24 hours before", "the morning of Thu 5 Nov 2026"),
    # S1-26, S1-27, S1-25.
    "support-letter": ("A change of times or days", "A change of tutor", "Rewards for sessions attended"),
    "support-text": ("would like to help",),
    # S1-39.
    "term-end-report": ("AUTUMN TERM 2026", "70 of 81 sessions (86.4%)", "HELP YOU CAN ASK FOR"),
    # S2-04.
    "truancy-text": ("provisional", "no reason yet", "Time sent:"),
    # S2-14, S2-11.
    "home-visit-proforma": (
        *("Two staff who visit:", "Address visited:", "The pupil's own words", "Reason given for the absence"),
        *("designated", "uploaded to the safeguarding record", "First visitor", "Second visitor", "nobody in"),
    ),
    # S2-15.
    "reporting-reminder-letter": ("before the session begins", "expect your child back", "Mon 2 Nov 2026"),
    # S2-17, S2-18: cc list, and the tick list of offers.
    "early-support-letter": ("Copies: head of year, key worker, tutor.", "WHAT WE OFFER", "We aim for 95%"),
    "sam-awareness-letter": ("SAM meeting", "[ ] Mentoring or counselling", "Copies: head of year, key worker, tutor."),
    # S2-20 to S2-23.
    "sam-minutes": ("Lead member of staff:", "Adjusted timetable considered", "attendance officer, who logs"),
    "sam-review": ("TARGETS SET LAST TIME", "Robin texts when the bus is late.", "NEW TARGETS"),
    "action-plan": ("BARRIERS", "By when:", "Lead member of staff:", "Review date:"),
    # S2-26 and section 4 of the law: a draft, support first, nothing automatic.
    "notice-to-improve": (
        *("It is not a penalty notice.", "6 sessions in all.", "nothing follows", "Warwickshire County Council"),
    ),
    # S3-13 to S3-15.
    "talking-points": ("Mentoring", "Listen first.", "What was said and agreed"),
    "support-plan": ("(PASP)", "Warwickshire County Council:", "UNDERLYING CAUSES", "Counselling", "Local authority\n"),
    # S3-33, S3-34, S3-32.
    "behaviour-support-plan": ("STEP 1", "STEP 2", "STEP 3", "Home school\n", "Local authority\n"),
    "transition-plan": ("most appropriate education", "Home school\n", "Local authority\n"),
    "reintegration-plan": ("First day back:", "home visit"),
    # S4-09 to S4-13.
    "stage-2-email": ("ongoing concern".upper(), "visit you at home", "programme of support"),
    "stage-2-agreement": ("PROGRAMME OF SUPPORT", "Reviewed after one week", "Parent or carer\n"),
    # S4-14 to S4-16.
    "stage-3-letter": ("SERIOUS CONCERN", "Early Help", "The agreement of stage 2", "THE MEETING"),
    # S4-17, S4-19, S4-20.
    "formal-warning": ("FORMAL WARNING", "education welfare officer is told", "parent contract", "case by case"),
    # S4-23.
    "enforcement-pack": ("Unauthorised sessions (codes G, N, O, U)", "Checked by", "UPN:", "no answer", "H4RT-27WX"),
    # Law 5.4, each field that authorities' forms ask for.
    "cme-referral": (
        *("10-DAY UNEXPLAINED ABSENCE: CHILDREN MISSING EDUCATION", "Surname:", "Forename:", "Gender:", "UPN:"),
        *("Date of birth:", "Year group:", "Address and postcode:", "PARENTS AND CARERS", "Emergency contacts:"),
        *("Previous school:", "Last date attended:", "Last date seen:", "Criterion met:", "fostering:"),
        *("Siblings and their schools:", "Evidence of having moved:", "mother's mobile", "home visit", "nobody in"),
        *(
            "Appraisal of the designated",
            "Sam Okafor",
            "Attendance officer",
            "6 sessions in all.",
            "WHAT IS INCOMPLETE",
        ),
        *("Home school URN:", "Home school LAESTAB:", "Admission date", "Traveller; private"),
    ),
    # S3-30.
    "cme-pack": (
        *("behind the notice to Warwickshire County Council", "Reason for absence not yet established"),
        *("ENQUIRIES MADE", "Stepped over", "Not recorded, and therefore not counted", "closed", "H4RT-27WX"),
        "The register of the afternoon of Thu 22 Oct 2026 is missing.",
    ),
    # S4-04, S4-08.
    "daily-staff-list": ("ABSENT TODAY", "Robin Canary (10293)", "Not recorded", "BACK TODAY", "REGISTERS MISSING"),
    "briefing-sheet": ("Stage 2: ongoing concern", "Visit the home with a colleague."),
    # S0-16, S0-20, S1-37.
    "effectiveness-pack": (
        *("Autumn 1", "66 of 74 sessions (89.1%)", "Attendance contract agreed", "71.4%", "89.2%", "+17.9 points"),
        *("Target met so far:            no", "OUR JUDGEMENT", "Commissioner\n"),
    ),
    # S3-23, S3-20.
    "parent-council-involved": ("Warwickshire County Council about Robin's absence", "puts nobody at risk"),
    "parent-digest": ("review what we agreed on Monday 16 November 2026",),
    # S3-19.
    "reward-list": ("met the target of 95%", "certificate", "health or disability"),
    # S4-30, S4-31 and section 5.2 of the law.
    "leaver-notice": (
        "[ ] The local authority agrees",
        "home education",
        "never because attendance is poor",
        "Ground:",
    ),
    # S3-35.
    "policy-statistics": ("Pupils below 90%:             2", "councils, parents, pupils and staff".upper()),
    # S4-06, S1-33.
    "pupil-summary": ("As national statistics count  70 of 84 sessions (83.3%)", "Autumn 2"),
    "audit-note": ("education welfare team", "row S3-26", "3 school days"),
    # Section 5.1 of the law.
    "attendance-return": ("ten school days running", "G, N, O or U", "legal record", "Morning of Mon 2 Nov 2026"),
    "sickness-return": ("fifteen school days", "Illness", "Sessions of illness", "Health information"),
    # S4-28, S4-01, S3-25.
    "part-time-list": ("Fri 20 Nov 2026", "Without a review date: 10407. Set one.", "full time"),
    "pattern-report": ("missed 4 of the last 6 Mondays", "a question, not an answer"),
    # S1-04, S3-05.
    "weekly-digest": ("NEW CONCERNS", "OVERDUE", "OPEN TASKS", "Stage 1: concern", "REGISTERS MISSING"),
}


def test_every_document_has_its_demands():
    assert sorted(DEMANDED) == NAMES


@pytest.mark.parametrize(("name", "words"), DEMANDED.items())
def test_what_the_policies_ask_of_a_document_is_in_it(name, words):
    text = full(name).text
    flowing = " ".join(text.split())

    assert [each for each in words if each not in text and each not in flowing] == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"sickness-return"}))
def test_illness_is_named_only_where_the_return_needs_it(name):
    document = full(name)

    assert "Illness" not in document.text + document.html


def test_the_label_of_ten_days_is_the_authoritys_own():
    label = "10-day unexplained absence notice"
    staffordshire = replace(FULL.authority, ten_day_label=label, code="860", name="Staffordshire County Council")

    document = render("cme-referral", facts_of(authority=staffordshire), environment=ENV)

    assert document.title == f"{label}, pupil 10293"
    assert "missing education" not in document.text.lower()


def test_the_attendance_here_is_not_passed_off_as_the_attendance_before_the_placement():
    text = " ".join(full("initial-profile").text.split())

    assert "Attendance before this held by home school placement:" in text
    assert "86.4%" not in text


def test_a_parents_letter_lists_only_what_was_sent_to_parents():
    assert "H4RT-27WX" not in full("formal-warning").text


def test_one_overlaid_file_changes_the_words_of_text_and_page(tmp_path):
    own = tmp_path / "documents"
    own.mkdir()
    (own / "support-text.txt.j2").write_text(
        "{% extends report %}{% block title %}Ours{% endblock %}{% block body %}{{ child }} & co{% endblock %}"
    )

    document = render("support-text", FULL, environment=templates(tmp_path, SHIPPED))

    assert document.title == "Ours, pupil 10293"
    assert "Robin & co" in document.text
    assert "Robin & co" in document.html


def test_a_template_that_asks_for_an_unknown_fact_fails(tmp_path):
    own = tmp_path / "documents"
    own.mkdir()
    (own / "support-text.txt.j2").write_text(
        "{% extends report %}{% block title %}Ours{% endblock %}{% block body %}{{ pupil.shoe_size }}{% endblock %}"
    )

    with pytest.raises(UndefinedError, match="shoe_size"):
        render("support-text", FULL, environment=templates(tmp_path, SHIPPED))


def test_a_name_that_is_no_document_is_not_found():
    with pytest.raises(TemplateNotFound, match="ransom-note"):
        render("ransom-note", FULL, environment=ENV)


def test_rendering_leaves_the_templates_of_notices_as_they_were():
    before = dict(ENV.filters)
    full("cme-pack")

    assert ENV.filters == before


@pytest.mark.parametrize(
    ("role", "title", "sections", "others"),
    [
        (
            "head_of_provision",
            "head of provision",
            ("OVERDUE", "PUPILS BY STAGE", "REGISTERS MISSING"),
            ("OPEN TASKS",),
        ),
        ("senior_lead", "senior leaders", ("PART-TIME TIMETABLES", "OVERDUE"), ("NEW CONCERNS", "REGISTERS MISSING")),
        ("pastoral_team", "behaviour, attendance and safeguarding meeting", ("OPEN TASKS",), ("REGISTERS MISSING",)),
        ("attendance_team", "attendance team", ("OPEN TASKS", "BACK THIS WEEK"), ("PATTERNS", "PART-TIME")),
        ("support_team", "support and referral owners", ("PATTERNS", "NEW CONCERNS"), ("PART-TIME",)),
        ("key_worker", "key workers", ("BACK THIS WEEK",), ("OVERDUE", "PUPILS BY STAGE")),
        ("education_welfare_officer", "attendance", ("NEW CONCERNS", "PATTERNS", "REGISTERS MISSING"), ()),
    ],
)
def test_the_weekly_digest_has_its_title_and_sections_by_role(role, title, sections, others):
    document = render("weekly-digest", list_of(role=role), environment=ENV)

    assert document.title == f"Weekly digest: {title}, Thornbury Lane, main site"
    assert [each for each in sections if each not in document.text] == []
    assert [each for each in others if each in document.text] == []


def test_a_concern_of_an_earlier_week_is_not_new():
    text = render("weekly-digest", FULL_LIST, environment=ENV).text

    assert "10293" in text[text.index("NEW CONCERNS") : text.index("OVERDUE")]
    assert "10407" not in text[text.index("NEW CONCERNS") : text.index("OVERDUE")]


def test_a_task_is_overdue_only_when_its_day_is_over():
    text = render("weekly-digest", list_of(today=WED), environment=ENV).text

    overdue, _, opened = text[text.index("OVERDUE") : text.index("PUPILS BY STAGE")].partition("OPEN TASKS")
    assert "Visit the home with a colleague." in overdue
    assert "Look at the concern" in opened
    assert "Ring the family" not in overdue + opened


def test_the_staff_list_names_those_absent_or_not_recorded_and_no_reason():
    present = replace(
        LINES[0], pupil_id="10500", name="Wren Present", morning=LINES[1].morning, afternoon=LINES[1].morning
    )

    text = render("daily-staff-list", list_of(lines=(*LINES, present)), environment=ENV).text

    assert "Zoë Wren, the second (10311)" in text
    assert "Wren Present" not in text
    assert "running" not in text


def test_the_calendar_shows_a_week_a_row_and_a_weekend_only_where_one_was_held():
    html = full("pupil-summary").html
    saturday = replace(
        ATTENDANCE,
        calendar=tuple((each._replace(day=each.day.replace(day=24)), seen) for each, seen in ATTENDANCE.calendar[:2]),
    )

    assert '<td colspan="5" class="none">No session all week</td>' in html
    assert '<th scope="col">Sat</th>' not in html
    assert '<th scope="col">Sat</th>' in render("pupil-summary", facts_of(attendance=saturday), environment=ENV).html


def test_facts_of_a_list_know_no_pupil_and_render_no_letter():
    assert isinstance(EMPTY_LIST, ListFacts)
    with pytest.raises(UndefinedError, match="pupil"):
        render("early-support-letter", EMPTY_LIST, environment=ENV)
