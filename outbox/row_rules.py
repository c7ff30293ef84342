"""What the published formats ask of a whole row, which a Table Schema cannot say: which cells need which others."""

from collections.abc import Iterator, Mapping

from outbox.feed_rows import HEAD_COLUMNS

#: The columns whose values a rule looks at; of the others it asks whether they are filled.
READS = ("record_state", "attended", "arrived_late")
_EMPTY, _MISSING = "is filled in a withdrawn row: such a row says nothing of the pupil", "is empty: {} has it"
#: What a withdrawn row says; the date where the file is about one day.
_OF_WITHDRAWN = {*HEAD_COLUMNS, "date", "extracted_at"}
_CURRENT = (
    "commissioner_type",
    "commissioner_id",
    "responsible_la_code",
    "placement_ref",
    "local_pupil_id",
    "date",
    "session",
    "expected",
    "attended",
    "changed_at",
)
_CONFIRMED = ("placement_ref", "date", "session", "attended", "arrived_late", "changed_since")
_TOLD = {*_CURRENT, *_CONFIRMED, "upn", "surname", "forename", "date_of_birth", "national_code", "suggested_home_code"}
#: The columns of which a rule asks whether they are filled.
ASKS = tuple(sorted(_TOLD.union(("reason_status", "contact_status", "marked_at")) - {*READS}))


def daily(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row of ``attendance-daily/1.0``."""
    if row.get("record_state") == "withdrawn":
        yield from _withdrawn(row)
        return
    yield from _needed(row, _CURRENT, "every current row")
    attended = row.get("attended")
    if attended == "absent":
        yield from _needed(row, ("reason_status", "contact_status"), "every absence")
    if attended != "not_recorded":
        yield from _needed(row, ("marked_at",), "every session that is recorded")
    elif row.get("national_code"):
        yield "national_code", "is filled although the session is not recorded"


def confirmation(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row of ``attendance-confirmation/1.0``."""
    if row.get("record_state") == "withdrawn":
        yield from _withdrawn(row)
        return
    yield from _needed(row, _CONFIRMED, "every current row")
    if row.get("attended") == "attended":
        yield from _needed(row, ("suggested_home_code",), "every session attended")
    elif row.get("arrived_late") == "Y":
        yield "arrived_late", "is Y although nobody knows the pupil to have attended"


def _needed(row: Mapping[str, str], names: tuple[str, ...], who: str) -> Iterator[tuple[str, str]]:
    for name in names:
        # A column that the file has not got was said of its header.
        if row.get(name) == "":
            yield name, _MISSING.format(who)


def _withdrawn(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, _EMPTY) for name in sorted(_TOLD - _OF_WITHDRAWN) if row.get(name))
