"""The layouts of an operator's library as the outbox writes them, and what is wrong with one before it is used."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache

from config.layouts import Layout as Written
from config.operators import Operator
from config.problems import Problem
from mapping.model import Half, Session
from outbox.feed_rows import Attended, CommissionerType, ContactStatus, FeedRow, Profile, ReasonStatus
from outbox.feeds import Edition, FeedHeader, Mode, Registers, compose_feed, revise
from outbox.layout_checks import layout_problems
from outbox.layouts import STANDARD, Column, Layout, Rows
from outbox.published import schema

_NEWLINES = {"crlf": "\r\n", "lf": "\n"}
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


def layout_of(name: str, written: Written) -> Layout:
    """Return a layout as the outbox writes it."""
    file = written.file
    return Layout(
        name=name,
        columns=tuple(
            Column(
                name=column.name,
                source=column.source or "",
                constant=column.constant or "",
                half=column.session or "",
                is_identity=column.identity,
            )
            for column in written.columns
        ),
        rows=Rows(file.rows),
        codes=file.codes,
        date_format=file.date,
        time_format=file.time,
        instant_format=file.instant,
        are_instants_local=file.instants_in == "local",
        delimiter=_DELIMITERS[file.delimiter],
        newline=_NEWLINES[file.newline],
        encoding=file.encoding,
        has_header=file.header,
        file_name=file.file_name,
        sends_manifest=file.manifest,
        guards_names=file.guards_names,
    )


def wrong_layouts(operator: Operator) -> Iterator[Problem]:
    """Yield what is wrong with each layout."""
    for name, written in operator.library.layouts.items():
        layout = layout_of(name, written)
        for key, message in layout_problems(layout, _words()):
            yield Problem(file=f"layouts/{name}.toml", key=key, message=message)
        if layout.is_standard and layout != STANDARD:
            message = "is the published format, which nobody changes: give yours another file name"
            yield Problem(file=f"layouts/{name}.toml", key="", message=message)


@cache
def _words() -> dict[str, list[str]]:
    """Return the closed words of each column of the published format that has them."""
    columns = schema("attendance-daily-1.0.schema.json")["fields"]
    return {each["name"]: each["constraints"]["enum"] for each in columns if "enum" in each.get("constraints", {})}


def sample(layout: Layout, profile: Profile) -> str:
    """Return a row of a made-up pupil as a layout writes it."""
    text = compose_feed(_header(layout, profile), revise({}, _day(), profile)[0]).csv.decode(layout.encoding)
    return text.split(layout.newline)[1 if layout.has_header else 0]


def sample_name(layout: Layout) -> str:
    """Return the name of a file as a layout gives it."""
    return compose_feed(_header(layout, Profile.MINIMAL), revise({}, _day(), Profile.MINIMAL)[0]).file_name


def _header(layout: Layout, profile: Profile) -> FeedHeader:
    instant = datetime(2026, 9, 2, 15, 15, tzinfo=UTC)
    return FeedHeader(
        message_id="00000000-0000-8000-8000-000000000000",
        sender_id="sender",
        sender_name="Sender",
        destination="destination",
        profile=profile,
        edition=Edition.FINAL,
        mode=Mode.FULL_DAY,
        date_from=date(2026, 9, 2),
        date_to=date(2026, 9, 2),
        sequence=1,
        revision=1,
        registers=Registers(known=2, due=2),
        created_at=instant,
        extracted_at=instant,
        contact="office@sender.example",
        layout=layout,
    )


def _day() -> list[FeedRow]:
    marked_at = datetime(2026, 9, 2, 8, 5, tzinfo=UTC)
    came = FeedRow(
        record_id="00000000-0000-8000-8000-000000000001",
        site_id="site",
        commissioner_type=CommissionerType.SCHOOL,
        commissioner_id="commissioner",
        home_school_urn="999001",
        responsible_la_code="331",
        placement_ref="PL-1",
        upn="A820432112345",
        local_pupil_id="1",
        surname="Example",
        forename="Erin",
        date_of_birth=date(2012, 3, 14),
        nc_year="10",
        session=Session(date(2026, 9, 2), Half.AM),
        expected=True,
        attended=Attended.LATE,
        national_code="L",
        suggested_home_code="B",
        arrived_at=time(9, 12),
        marked_at=marked_at,
        changed_at=marked_at,
    )
    stayed_away = replace(
        came,
        record_id="00000000-0000-8000-8000-000000000002",
        session=Session(date(2026, 9, 2), Half.PM),
        attended=Attended.ABSENT,
        national_code="N",
        suggested_home_code="N",
        arrived_at=None,
        reason_status=ReasonStatus.NOT_ESTABLISHED,
        contact_status=ContactStatus.NOT_REACHED,
    )
    return [came, stayed_away]
