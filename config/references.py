"""Whether the names that one file gives of another exist, and whether every pupil's route is there."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from config.checking import known
from config.fields import is_placeholder
from config.layouts import STANDARD
from config.overlays import FOLDERS
from config.placements import WORKERS, Placed
from config.problems import Findings, suggestion
from config.relay import Relay
from config.sheets import Sheet

_WHAT = {
    "platform": "platform",
    "policy": "file in policies/",
    "calendar": "file in calendars/",
    "codes": "file in codes/",
    "channel": "channel",
    "layout": "file in layouts/",
}
_EXPECTED = ("relay.toml", "calendars", "placements.csv", "contacts.csv", "events.csv", "holds.csv", *FOLDERS)


def check_entries(folder: Path, findings: Findings) -> None:
    """Warn of a file or folder whose name is nearly one that is read: it would be passed over in silence."""
    for path in sorted(folder.iterdir()):
        if path.name not in _EXPECTED and (near := suggestion(path.name, _EXPECTED)):
            findings.warn(path.name, "", f"is not read{near}")


def check_schools(
    relay: Relay,
    *,
    platforms: Mapping[str, str] | None,
    policies: Collection[str],
    calendars: Collection[str],
    codes: Collection[str],
) -> None:
    """Report each school whose platform, policy, calendar or code table does not exist."""
    for key, school in relay.raw("school"):
        _check_name(relay, f"{key}.policy", school.get("policy"), policies)
        _check_name(relay, f"{key}.calendar", school.get("calendar"), calendars)
        platform_is_known = _check_name(relay, f"{key}.platform", school.get("platform"), platforms)
        if platform_is_known or "codes" in school:
            default = (platforms or {}).get(str(school.get("platform")), school.get("platform"))
            _check_name(relay, f"{key}.codes", school.get("codes", default), codes)


def check_write_back(relay: Relay, writers: Collection[str] | None) -> None:
    """Report each school that asks for its marks to be written into a platform that takes none."""
    for key, school in relay.raw("school"):
        if school.get("write_back") is True and writers is not None and school.get("platform") not in writers:
            relay.document.problem(f"{key}.write_back", "is true, but this platform takes no marks: leave it out")


def check_channels(relay: Relay, channels: Collection[str] | None) -> None:
    """Report each destination whose channel does not exist."""
    for key, destination in relay.raw("destination"):
        _check_name(relay, f"{key}.channel", destination.get("channel"), channels)


def check_calendars(relay: Relay, calendars: Collection[str]) -> None:
    """Report each destination whose calendar does not exist."""
    for key, destination in relay.raw("destination"):
        _check_name(relay, f"{key}.calendar", destination.get("calendar"), calendars)


def check_layouts(relay: Relay, layouts: Collection[str]) -> None:
    """Report each destination whose layout does not exist."""
    for key, destination in relay.raw("destination"):
        _check_name(relay, f"{key}.layout", destination.get("layout", STANDARD), layouts)


def _check_name(relay: Relay, key: str, name: object, there: Collection[str] | None) -> bool:
    """Return whether the name exists; what is no name at all was reported with its table."""
    if there is None or not isinstance(name, str) or is_placeholder(name):
        return True
    message = known(name, there, what=_WHAT[key.rpartition(".")[2]])
    if message:
        relay.document.problem(key, message)
    return message is None


def check_feed_channels(relay: Relay, channels: Collection[str] | None) -> None:
    """Report each feed that leaves by a channel which cannot carry a feed."""
    used = {destination.id: destination.channel for destination in relay.destinations.values()}
    for key, feed in relay.feeds.items():
        channel = used.get(feed.destination)
        if channels is not None and channel is not None and channel not in channels:
            there = ", ".join(sorted(channels))
            relay.document.problem(f"{key}.destination", f"goes by {channel}, which takes no feeds: use {there}")


def check_encryption(relay: Relay, channels: Collection[str] | None) -> None:
    """Report each destination whose encryption names nobody, or whose channel carries no files to encrypt."""
    for key, destination in relay.destinations.items():
        encryption = destination.encryption
        if encryption is None:
            continue
        keys = {"recipients": bool(encryption.recipients), "certificate_file": bool(encryption.certificate_file)}
        if [name for name, is_given in keys.items() if is_given] != [encryption.given]:
            relay.document.problem(
                f"{key}.encryption",
                f"of kind {encryption.kind!r} says by {encryption.given} whom it is for, and by no other key",
            )
        if channels is not None and destination.channel not in channels:
            there = ", ".join(sorted(channels))
            relay.document.problem(
                f"{key}.encryption", f"cannot be used with {destination.channel}, which carries no files: use {there}"
            )


def check_workers(sheet: Sheet, placed: Iterable[Placed], contacts: Sheet) -> None:
    """Report each worker of a pupil who is not in contacts.csv: without agreement there, nothing may go to them."""
    there = {(row.cells.get("role"), row.cells.get("address") or row.cells.get("destination")) for row in contacts.rows}
    for row, placement in placed:
        for role in WORKERS:
            worker = getattr(placement, role)
            if contacts.is_read and worker is not None and (role, worker) not in there:
                message = f"is not the address (or destination) of a {role} in contacts.csv: add the row there"
                sheet.problem(row.number, role, f"pupil {placement.pupil_id}: {message}")


def warn_of_routes(sheet: Sheet, placed: Iterable[Placed], contacts: Sheet, authorities: Collection[str]) -> None:
    """Warn of authorities without a profile or a contact: their pupils' notices would have no label or no reader."""
    codes = {placement.la_code for _, placement in placed}
    told = {row.cells.get("organisation") for row in contacts.rows if row.cells.get("role") == "local_authority"}
    if missing := sorted(codes - set(authorities)):
        sheet.warn(0, "la_code", f"no profile for {', '.join(missing)}: add a file for each to authorities/")
    if contacts.is_read and (missing := sorted(codes - told)):
        sheet.warn(0, "la_code", f"nobody to tell at {', '.join(missing)}: add a local_authority row to contacts.csv")


def warn_of_empty_feeds(relay: Relay, placed: Iterable[Placed]) -> None:
    """Warn of feeds that no pupil in placements.csv belongs to: perhaps a code or an id is mistyped."""
    placements = [placement for _, placement in placed]
    for key, feed in relay.feeds.items():
        if placements and len(feed.selectors) == 1:
            column, value = feed.selector
            if not any(getattr(placement, column) == value for placement in placements):
                relay.document.warn(
                    f"{key}.{column}", "is no pupil's in placements.csv: this feed would always be empty"
                )
