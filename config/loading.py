"""Reads an operator's folder whole: everything is in order, or everything that is not is said at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.about_pupils import Named
from config.calendars import read_bank_holidays, read_calendar
from config.code_tables import NATIONAL, read_national, read_sources
from config.contacts import Ends, read_contacts
from config.documents import read_document
from config.events import read_events
from config.holds import read_holds
from config.layouts import read_layouts
from config.operators import Library, Operator
from config.overlays import overlaid, read_authorities, read_documents, read_policies
from config.placements import read_placements
from config.problems import Findings
from config.references import (
    check_calendars,
    check_channels,
    check_encryption,
    check_entries,
    check_feed_channels,
    check_layouts,
    check_schools,
    check_workers,
    check_write_back,
    warn_of_empty_feeds,
    warn_of_routes,
)
from config.relay import Relay, read_relay
from config.secrecy import check_secrecy, find_secrets
from config.settings import SecretPlaces

SHIPPED = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The names that exist outside the configuration; ``None`` accepts any.

    ``platforms`` maps each platform to the code table (file stem) its symbols are read with unless a school says
    otherwise; ``writers`` are those that take marks. ``addressed`` channels carry many recipients, so each contact
    needs an address of its own; ``feed_channels`` are those a feed can leave by, ``file_channels`` those that leave
    files, which can be encrypted; ``events`` what can be recorded about a pupil.
    """

    platforms: Mapping[str, str] | None = None
    writers: Collection[str] | None = None
    channels: Collection[str] | None = None
    addressed: Collection[str] = frozenset({"smtp"})
    feed_channels: Collection[str] | None = None
    file_channels: Collection[str] | None = None
    events: Collection[str] | None = None


ANY = Registries()


def load(
    folder: Path,
    *,
    registries: Registries = ANY,
    secrets: SecretPlaces | None = None,
    shipped: Path = SHIPPED,
) -> Operator:
    """Return the operator's folder, or raise ``ConfigErrors`` with every problem in the order of the files.

    Without ``secrets`` none are looked for: enough to read policies and calendars, not to connect. ``shipped``
    is the folder that the operator's files are laid over.
    """
    findings = Findings()
    relay = _relay(folder, findings)
    secret_names = check_secrecy(relay.document)
    found = find_secrets(relay.document, secret_names, secrets) if secrets else {}
    library = _library(folder, shipped, findings)
    sheet, placed = read_placements(folder, relay.ids("school"), findings)
    contact_sheet, contacts = read_contacts(folder, _ends(relay, registries), findings)
    named = Named.by(relay.ids("school"), sheet)
    events = read_events(folder, named, registries.events, findings=findings)
    holds = read_holds(folder, named, findings=findings)
    check_workers(sheet, placed, contact_sheet)
    warn_of_routes(sheet, placed, contact_sheet, library.authorities)
    _check(relay, library, registries)
    warn_of_empty_feeds(relay, placed)
    check_entries(folder, findings)
    findings.raise_if_any()
    assert relay.provider is not None  # its absence is a problem
    return Operator(
        folder=folder,
        provider=relay.provider,
        times=relay.times,
        limits=relay.limits,
        health=relay.health,
        retention=relay.retention,
        safety=relay.safety,
        schools=tuple(relay.schools.values()),
        destinations=tuple(relay.destinations.values()),
        feeds=tuple(relay.feeds.values()),
        placements=tuple(placement for _, placement in placed),
        contacts=tuple(contacts),
        events=events,
        holds=holds,
        library=library,
        code_defaults=registries.platforms or {},
        secret_names=frozenset(secret_names.values()),
        secrets=found,
        warnings=findings.warnings,
    )


def load_library(shipped: Path = SHIPPED) -> Library:
    """Return what ships, for tools that need no operator's folder. Raises ``ConfigErrors``."""
    findings = Findings()
    library = _library(shipped, shipped, findings)
    findings.raise_if_any()
    return library


def _relay(folder: Path, findings: Findings) -> Relay:
    if not folder.is_dir():
        findings.problem(str(folder), "", "is not a folder: name the operator's folder, or write one with `init`")
        findings.raise_if_any()
    document = read_document(folder / "relay.toml", "relay.toml", findings)
    # Every other file is read against relay.toml, so nothing sensible can be said about them without it.
    findings.raise_if_any()
    assert document is not None
    return read_relay(document)


def _library(folder: Path, shipped: Path, findings: Findings) -> Library:
    holidays = read_bank_holidays(shipped / "bank_holidays.csv", findings)
    calendars = {
        path.stem: read_calendar(path, f"calendars/{path.name}", holidays, findings)
        for path in sorted((folder / "calendars").glob("*.toml"))
    }
    tables = overlaid(shipped, folder, "codes", ".csv")
    national = read_national(*tables.pop(NATIONAL, (shipped / "codes/national.csv", "codes/national.csv")), findings)
    return Library(
        calendars=calendars,
        bank_holidays=holidays,
        national=national,
        source_codes=read_sources(tables, national, findings),
        policies=read_policies(overlaid(shipped, folder, "policies", ".toml"), findings),
        profiles=read_documents(overlaid(shipped, folder, "profiles", ".toml"), findings),
        authorities=read_authorities(overlaid(shipped, folder, "authorities", ".toml"), findings),
        layouts=read_layouts(overlaid(shipped, folder, "layouts", ".toml"), findings),
        template_folders=tuple(
            path for each in dict.fromkeys((folder, shipped)) if (path := each / "templates").is_dir()
        ),
    )


def _ends(relay: Relay, registries: Registries) -> Ends:
    channels = registries.channels
    in_order = {each.id: each for each in relay.destinations.values() if channels is None or each.channel in channels}
    return Ends(
        destinations={name: in_order.get(name) for name in relay.ids("destination")},
        addressed=registries.addressed,
        own_id=relay.own_id,
        safety=relay.safety,
    )


def _check(relay: Relay, library: Library, registries: Registries) -> None:
    check_schools(
        relay,
        platforms=registries.platforms,
        policies=library.policies,
        calendars=library.calendars,
        codes=library.source_codes,
    )
    check_write_back(relay, registries.writers)
    check_channels(relay, registries.channels)
    check_layouts(relay, library.layouts)
    check_feed_channels(relay, registries.feed_channels)
    check_calendars(relay, library.calendars)
    check_encryption(relay, registries.file_channels)
