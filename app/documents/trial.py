"""Every document tried on nobody: what the operator laid over them and cannot be filled shows before it is needed."""

from collections.abc import Iterator

from jinja2 import TemplateError

from app.notices.parties import sender
from app.wiring import Relay
from config.templates_list import TEMPLATES, WORKBOOK
from mapping.school_days import school_date
from outbox.document_parts import Pupil
from outbox.documents import DocumentFacts, Facts, ListFacts, render

#: The documents about a school; the others are about a pupil.
ABOUT_SCHOOL = frozenset({
    *("daily-staff-list", "briefing-sheet", "weekly-digest", "reward-list", "policy-statistics", "part-time-list"),
    *("pattern-report", WORKBOOK),
})  # fmt: skip


def unfillable(relay: Relay) -> Iterator[tuple[str, str]]:
    """Yield the name of each document that cannot be written, and why; nothing where the operator has no templates."""
    if not (relay.operator.folder / "templates" / "documents").is_dir():
        return
    for name in sorted(TEMPLATES.keys() - {WORKBOOK}):
        try:
            render(name, _of_nobody(relay, name), environment=relay.templates)
        except TemplateError as wrong:
            yield name, f"cannot be filled in: {type(wrong).__name__}: {wrong}"


def _of_nobody(relay: Relay, name: str) -> Facts:
    today, provider = school_date(relay.now()), sender(relay, is_named=True)
    if name in ABOUT_SCHOOL:
        return ListFacts(provider=provider, school="", today=today, role="attendance_lead", first=today, last=today)
    return DocumentFacts(provider=provider, school="", today=today, pupil=Pupil(pupil_id="nobody"))
