"""Documents are written once, on the day of their decision, kept, checked and sent by a person, and withdrawn with it."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from app.documents import filing
from app.notices.enquiries import Outcome
from app.people import tasking
from app.people.tasking import Report
from config.templates_list import TEMPLATES
from tests.app.builders import POLICY, Stand
from tests.builders import CANARY

ABOUT_SCHOOL = {
    *("daily-staff-list", "briefing-sheet", "weekly-digest", "reward-list", "policy-statistics"),
    *("tracking-spreadsheet", "part-time-list", "pattern-report"),
}
LETTER = """
[[rule]]
id       = "letter-{template}"
rows     = ["L-90"]
says     = "After two days without a word a document is written."
once_per = "run"
when     = {{ metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 2 }}

  [[rule.then]]
  kind     = "document"
  to       = {to}
  says     = "Add what you know by hand."
  template = "{template}"
  due_school_days = 1
"""
LIST = """
[[rule]]
id   = "list-{template}"
rows = ["L-91"]
says = "Every day a document about the school is written."
when = {{ metric = "event", event = "daily" }}

  [[rule.then]]
  kind     = "document"
  to       = {to}
  says     = "Read it at the briefing."
  template = "{template}"
  due_school_days = 0
"""


def with_rule(build, *templates, to='["tutor"]', pupils=None):
    """A school whose policy asks for these documents as well."""
    stand = build(pupils=pupils)
    more = [(LIST if each in ABOUT_SCHOOL else LETTER).format(template=each, to=to) for each in templates]
    stand.policy = POLICY + "".join(more)
    return stand


def two_days(build, *templates, to='["tutor"]', **placed):
    stand = with_rule(build, *templates, to=to, pupils={"p1": placed, "p2": {}})
    stand.live("Mon 2026-11-02", p1="NN*2", p2=r"/\*2")
    return stand


def only(stand, template):
    found = [each for each in stand.store.documents.listed() if each.template == template]
    assert len(found) == 1, [each.template for each in stand.store.documents.listed()]
    return found[0]


def asked(stand, document):
    return sorted(
        f"{task.role}: {task.says} ({task.due_on})" for task in stand.store.tasks.open() if task.about == document.id
    )


# --- about a pupil -----------------------------------------------------------------------------------------------


def test_a_document_is_written_on_the_day_and_somebody_is_asked_to_send_it(build):
    stand = two_days(build, "support-letter", to='["tutor", "key_worker"]')

    letter = only(stand, "support-letter")

    assert (letter.pupil_id, letter.school, letter.state) == ("p1", "lane", "open")
    assert "Ottoline" in letter.text
    assert "Ottoline" in letter.html
    says = f"Check and send: {letter.title} (document {letter.id}). Add what you know by hand."
    assert asked(stand, letter) == [f"key_worker: {says} (2026-11-04)", f"tutor: {says} (2026-11-04)"]


def test_what_is_for_parents_or_councils_is_sent_by_somebody_at_the_provider(build):
    stand = two_days(build, "support-letter", to='["parent", "local_authority"]')

    [task] = asked(stand, only(stand, "support-letter"))

    assert task.startswith("attendance_lead: ")


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Every document there is, by template, as one school wrote them in one judging."""
    stand = Stand(tmp_path_factory.mktemp("everything"))
    with_rule(lambda **_: stand, *sorted(TEMPLATES), to='["head_of_provision"]')
    stand.drop("Mon 2026-11-02", p1="NN*2", p2=r"/\*2")
    stand.pulled("Tue 2026-11-03 15:45")
    stand.judged("Tue 2026-11-03 16:00")
    yield {each.template: each for each in stand.store.documents.listed()}
    stand.close()


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - ABOUT_SCHOOL))
def test_every_document_about_a_pupil_can_be_written_from_what_is_known(everything, template):
    document = everything[template]

    assert document.pupil_id == "p1"
    assert len(document.text) > 50
    assert document.html.lstrip().startswith("<!")
    assert not [name for name in CANARY if name in document.title]


def test_a_document_is_written_once_whatever_is_corrected_afterwards(build):
    stand = two_days(build, "support-letter")
    before = only(stand, "support-letter")
    stand.live("Wed 2026-11-04", p1="NN", p2=r"/\ ".strip())
    stand.judged("Wed 2026-11-04 16:15")

    assert only(stand, "support-letter") == before


def test_a_withdrawn_decision_withdraws_its_document_and_the_tasks(build):
    stand = two_days(build, "support-letter")
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Wed 2026-11-04 09:30")
    stand.judged("Wed 2026-11-04 09:45")

    letter = only(stand, "support-letter")

    assert letter.state == "withdrawn"
    assert asked(stand, letter) == []
    assert stand.store.documents.open() == []


def test_a_document_is_done_when_everybody_who_was_asked_has_sent_it(build):
    stand = two_days(build, "support-letter", to='["tutor", "key_worker"]')
    letter = only(stand, "support-letter")
    for task in [each for each in stand.store.tasks.open() if each.about == letter.id]:
        assert only(stand, "support-letter").state == "open"
        tasking.finish(stand.relay, task.id, Report(by=task.role, note="posted"))

    assert only(stand, "support-letter").state == "done"


def test_the_records_pack_lists_the_enquiries_the_notices_and_no_note(build):
    stand = with_rule(build, pupils={"p1": {"la_code": "937"}, "p2": {}})
    stand.live("Mon 2026-11-02", p1="NN*9", p2=r"/\*9")
    stand.deliver()
    [task] = [each for each in stand.store.tasks.open() if each.says.startswith("Make a welfare check")]
    note = "the aunt in Leeds says he moved"
    tasking.finish(stand.relay, task.id, Report(by="M Lee", note=note, outcome=Outcome.VISITED_NOBODY_IN))

    stand.live("Fri 2026-11-13", p1="NN", p2=r"/\ ".strip())

    pack = only(stand, "cme-pack")
    assert "visited nobody in" in pack.text
    assert "Warwickshire" in pack.text
    assert "20 sessions" in pack.text
    assert not [word for word in ("aunt", "Leeds", "M Lee") if word in pack.text + pack.html]


def test_a_referral_brings_the_form_for_the_council_as_well(build):
    stand = with_rule(build, pupils={"p1": {"la_code": "937"}, "p2": {}})
    stand.drop("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")
    stand.pulled("Fri 2026-11-13 15:45")
    stand.judged("Fri 2026-11-13 16:00")

    form = only(stand, "cme-referral")

    assert "10-DAY UNEXPLAINED ABSENCE: POSSIBLE CHILD MISSING EDUCATION" in form.text
    assert [each.partition(":")[0] for each in asked(stand, form)] == ["head_of_provision"]


def test_what_the_provider_has_not_got_is_said_to_be_held_elsewhere(build):
    stand = two_days(build, "cme-referral", upn="")

    assert "held by home school" in only(stand, "cme-referral").text


def test_a_contract_is_told_with_the_attendance_since(build):
    stand = with_rule(build, "contract-progress")
    stand.events = [
        {"pupil_id": "p1", "school": "lane", "date": "2026-10-23", "event": "contract_agreed", "recorded_by": "M Lee"}
    ]
    stand.live("Mon 2026-11-02", p1=r"/\*3 NN*2", p2=r"/\*5")

    text = only(stand, "contract-progress").text

    assert "Fri 23 Oct 2026" in text
    assert "6 of 10 sessions (60%)" in text


# --- about the school --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", sorted(ABOUT_SCHOOL - {"tracking-spreadsheet"}))
def test_every_document_about_a_school_can_be_written(everything, template):
    document = everything[template]

    assert document.pupil_id is None
    assert "The Lane" in document.title + document.text


def test_the_staff_list_names_who_is_absent_today_and_nobody_else(build):
    pupils = {"p1": {}, "p2": {"surname": "Present", "forename": "Always"}}
    stand = with_rule(build, "daily-staff-list", pupils=pupils)
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())

    text = only(stand, "daily-staff-list").text

    assert "Ottoline Quillfeather" in text
    assert "Always" not in text


def test_a_digest_is_another_one_for_each_role(build):
    stand = with_rule(build, "weekly-digest", to='["head_of_provision", "dsl"]')
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())

    digests = [each for each in stand.store.documents.listed() if each.template == "weekly-digest"]

    assert len({each.id for each in digests}) == 2
    assert digests[0].title != digests[1].title
    assert [each.partition(":")[0] for digest in digests for each in asked(stand, digest)] == [
        "head_of_provision",
        "dsl",
    ]


def test_the_spreadsheet_is_a_workbook_without_names(build):
    stand = with_rule(build, "tracking-spreadsheet")
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")

    sheets = [each for each in stand.store.documents.listed() if each.template == "tracking-spreadsheet"]
    book = load_workbook(BytesIO(sheets[-1].workbook))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]

    assert {"p1", "p2"} <= set(cells)
    assert not [name for name in CANARY if any(name in cell for cell in cells)]


def test_a_digest_lists_what_people_owe_and_not_its_own_sending_again(build):
    stand = with_rule(build, "weekly-digest", to='["attendance_lead"]')
    stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")

    latest = [each for each in stand.store.documents.listed() if each.template == "weekly-digest"][-1]

    assert "Make a welfare check." in latest.text
    assert "Check and send: Weekly digest" not in latest.text
    assert "days unexplained: five days unexplained" in latest.text
    assert "three days absent: three days absent" not in latest.text


def test_a_weekday_missed_again_and_again_is_a_pattern(build):
    stand = with_rule(build, "pattern-report")
    stand.drop("Mon 2026-10-19", p1=r"NN /\*4 NN /\*4 NN /\*4", p2=r"/\*15")
    stand.pulled("Fri 2026-11-06 15:45")
    stand.judged("Fri 2026-11-06 16:00")

    assert "missed 3 of the last 3 Mondays" in only(stand, "pattern-report").text


# --- files -------------------------------------------------------------------------------------------------------


def test_files_are_named_by_id_and_template_and_written_once(build, tmp_path):
    stand = two_days(build, "support-letter", "sam-minutes")
    folder = tmp_path / "out" / "documents"

    first = filing.write(stand.relay, folder, schools={"lane"})
    again = filing.write(stand.relay, folder, schools={"lane"})

    letter = only(stand, "support-letter")
    assert {f"{letter.id}-support-letter.txt", f"{letter.id}-support-letter.html"} <= set(first.new)
    assert (folder / f"{letter.id}-support-letter.txt").read_text() == letter.text
    assert sorted(path.name for path in folder.iterdir()) == sorted(first.new) == sorted(again.same)
    assert (again.new, again.changed) == ((), ())
    assert not [path.name for path in folder.iterdir() if any(name in path.name for name in CANARY)]
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_a_file_that_a_person_has_changed_is_left_as_it_is(build, tmp_path):
    stand = two_days(build, "support-letter")
    [name, _] = filing.write(stand.relay, tmp_path / "documents", schools={"lane"}).new
    (tmp_path / "documents" / name).write_text("with a word by hand")

    again = filing.write(stand.relay, tmp_path / "documents", schools={"lane"})

    assert again.changed == (name,)
    assert (tmp_path / "documents" / name).read_text() == "with a word by hand"


def test_a_withdrawn_document_is_not_written_any_more(build, tmp_path):
    stand = two_days(build, "support-letter")
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Wed 2026-11-04 09:30")
    stand.judged("Wed 2026-11-04 09:45")

    assert filing.write(stand.relay, tmp_path / "documents", schools={"lane"}).new == ()


def test_a_workbook_is_written_and_not_shown(build, tmp_path):
    stand = with_rule(build, "tracking-spreadsheet")
    stand.live("Mon 2026-11-02", p1="NN", p2=r"/\ ".strip())
    [sheet] = [each for each in stand.store.documents.open() if each.template == "tracking-spreadsheet"]

    assert filing.write(stand.relay, tmp_path / "documents", schools={"lane"}).new == (
        f"{sheet.id}-tracking-spreadsheet.xlsx",
    )
    assert not filing.shown(stand.relay, sheet.id, as_html=False).is_ok
