"""An operator's folder for the synthetic pupils, in schools of a thousand: what a whole ``decide`` works with."""

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks import cohort
from config.contacts import COLUMNS as CONTACT_COLUMNS
from config.models import ROLES
from config.placements import COLUMNS as PLACEMENT_COLUMNS
from config.settings import Settings, read_settings

PER_SCHOOL = 1_000
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
_AGREED = {"legal_basis": "public task", "agreement": "agreement 1"}
_AGREED |= {"agreed_on": "2026-09-01", "confirmed_on": "2026-09-01"}
#: Who in the roles outside the provider is asked for, by the column of placements.csv that names it.
_OUTSIDE = {
    "local_authority": "331",
    "education_welfare_officer": "331",
    "virtual_school": "331",
    "commissioner": "commissioner-1",
    "home_school": "999001",
    "home_school_dsl": "999001",
}
_RELAY = """
[provider]
id            = "benchmark"
name          = "Benchmark"
contact_role  = "head of provision"
contact_email = "attendance@benchmark.example"
contact_phone = "01632 960001"

[times]
pull             = ["09:30", "15:45"]
provisional_feed = "09:45"
decide           = "16:00"
final_feed       = "16:15"

[[destination]]
id           = "authority"
channel      = "folder"
organisation = "331"
agreement    = "agreement 1"
legal_basis  = "public task"
settings     = {{ path = "{folder}/authority" }}

[[destination]]
id           = "mail"
channel      = "smtp"
organisation = "benchmark"
agreement    = "agreement 1"
legal_basis  = "public task"
settings     = {{ host = "127.0.0.1", port = 9, tls = "none", sender = "relay@benchmark.example" }}
"""
_SCHOOL = """
[[school]]
id        = "{school}"
name      = "{school}"
platform  = "clm"
policy    = "{policy}"
calendar  = "year"
codes     = "clm-dfe"
connector = {{ folder = "{folder}/drop" }}
"""


#: Policies of the benchmarks' own, laid beside those that ship.
_POLICIES = Path(__file__).with_name("policies")


def school_of(number: int) -> str:
    """Return the school a pupil attends, by the pupil's number."""
    return f"school-{number // PER_SCHOOL:03}"


def schools(pupils: int) -> list[str]:
    """Return every school of so many pupils."""
    return sorted({school_of(number) for number in range(0, pupils, PER_SCHOOL)})


def write(folder: Path, pupils: int, policy: str) -> Settings:
    """Write the folder and return the settings that name it; the database is to be put beside it."""
    operator = folder / "operator"
    for each in (operator / "calendars", folder / "drop", folder / "authority", folder / "secrets"):
        each.mkdir(parents=True, exist_ok=True)
    parts = [_RELAY, *(_SCHOOL.replace("{school}", school) for school in schools(pupils))]
    text = "".join(parts).format(folder=folder, policy=policy)
    (operator / "relay.toml").write_text(text, encoding="utf-8")
    write_calendar(operator)
    if (own := _POLICIES / f"{policy}.toml").exists():
        (operator / "policies").mkdir(exist_ok=True)
        shutil.copy(own, operator / "policies")
    _table(operator / "placements.csv", PLACEMENT_COLUMNS, map(_placement, range(pupils)))
    _table(operator / "contacts.csv", CONTACT_COLUMNS, map(_contact, sorted(ROLES.keys() - {"parent"})))
    return settings(folder)


def settings(folder: Path) -> Settings:
    """Return the settings that name a folder."""
    return read_settings(
        config=folder / "operator",
        database=folder / "relay.db",
        secrets_dir=folder / "secrets",
        heartbeat=folder / "heartbeat",
    )


def write_calendar(operator: Path) -> None:
    """Write the calendar ``year`` into an operator's folder."""
    (operator / "calendars" / "year.toml").write_text("".join(_calendar()), encoding="utf-8")


def _calendar() -> Iterator[str]:
    closed = ", ".join(f"{day}" for day in sorted(cohort.CALENDAR.closed))
    yield f"closed = [{closed}]\nbank_holidays = false\n"
    for term in cohort.CALENDAR.terms:
        yield f'\n[[term]]\nname = "{term.name}"\nfirst = {term.first}\nlast = {term.last}\n'


def _placement(number: int) -> Mapping[str, str]:
    entry = cohort.entry(number)
    expected = [f"{_WEEKDAYS[weekday]} {half}" for weekday, half in sorted(entry.expected or ())]
    return {
        "pupil_id": entry.pupil_id,
        "school": school_of(number),
        "platform_id": f"{number + 1}",
        "surname": "Synthetic",
        "forename": "Pupil",
        "date_of_birth": "2011-03-14",
        "year_group": "10",
        "start_date": f"{entry.start}",
        "la_code": "331",
        "home_school": "Alder Academy",
        "home_school_urn": "999001",
        "commissioner": "commissioner-1",
        "placement_ref": f"PL-{number}",
        "arrangement": "school_commissioned",
        "expected": ";".join(expected),
        "flags": ";".join(sorted(cohort.flags(number))),
    }


def _contact(role: str) -> Mapping[str, str]:
    organisation = _OUTSIDE.get(role, "benchmark")
    is_authority = organisation == "331"
    address = "" if is_authority else f"{role.replace('_', '-')}@benchmark.example"
    where = {"destination": "authority" if is_authority else "mail", "address": address}
    return {"role": role, "organisation": organisation} | where | _AGREED


def _table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns), restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
