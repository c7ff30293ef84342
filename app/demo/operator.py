"""Writes the operator's folder of the demo: the same files that an IT admin would write for real schools."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.demo.platforms.wonde import SCHOOL as WONDE_SCHOOL
from app.demo.population import SyntheticPupil
from app.demo.term import FIRST, DemoWorld
from mapping.school_days import Calendar

#: Good for this machine and this demo only; a real one is agreed with the receiver and kept in a secret file.
SIGNING_SECRET = "whsec_ZGVtby1vbmx5LW5vdC1hLXNlY3JldC1hdC1hbGw="  # noqa: S105
PLATFORM_PASSWORD = "simulated"  # noqa: S105
_PROVIDER = "demo-provision"
_HOME_SCHOOLS = {"999001": "Alder Academy", "999002": "Birch Academy", "999003": "Cedar Academy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the simulators of this run listen, and the folders of the file exchange."""

    arbor: str
    class_charts: str
    wonde: str
    clm_folder: Path
    weekly_folder: Path
    authority: str
    mail_port: int
    council_folder: Path


def write_operator(folder: Path, secrets: Path, world: DemoWorld, addresses: Addresses) -> None:
    """Write everything afresh: the ports change with every run, the rest does not."""
    for path in (folder / "calendars", secrets):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "relay.toml").write_text(_relay(addresses), encoding="utf-8")
    (folder / "calendars" / "autumn.toml").write_text(_calendar(world.calendar), encoding="utf-8")
    pupils = [(name, pupil) for name, school in world.schools.items() for pupil in school.pupils]
    _write_csv(folder / "placements.csv", _PLACEMENT, (_placement(name, pupil) for name, pupil in pupils))
    _write_csv(folder / "contacts.csv", _CONTACT, _contacts())
    (secrets / "coventry_signing").write_text(SIGNING_SECRET, encoding="utf-8")
    (secrets / "platform_password").write_text(PLATFORM_PASSWORD, encoding="utf-8")


def _relay(addresses: Addresses) -> str:
    return f"""# The demo's provider. Everything in it is made up.
[provider]
id            = "{_PROVIDER}"
name          = "Demo Provision"
contact_role  = "head of provision"
contact_email = "attendance@demo-provision.example"
contact_phone = "01632 960001"

[times]
pull             = ["09:30", "12:30", "15:45"]
provisional_feed = "09:45"
decide           = "16:00"
final_feed       = "16:15"

[[school]]
id       = "riverside"
name     = "Riverside Centre"
platform = "arbor"
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address         = "{addresses.arbor}"
  username        = "relay"
  password_secret = "platform_password"

[[school]]
id       = "northgate"
name     = "Northgate School"
platform = "class_charts"
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address         = "{addresses.class_charts}"
  username        = "relay"
  password_secret = "platform_password"

[[school]]
id       = "meadow"
name     = "Meadow Tuition"
platform = "clm"
policy   = "swift-learning"
calendar = "autumn"
codes    = "clm-dfe"

  [school.connector]
  folder = "{addresses.clm_folder}"

[[school]]
id       = "quarry"
name     = "Quarry Academy"
platform = "wonde"
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address      = "{addresses.wonde}"
  school       = "{WONDE_SCHOOL}"
  token_secret = "platform_password"

[[school]]
id       = "harbour"
name     = "Harbour Tutors"
platform = "files"
policy   = "swift-learning"
calendar = "autumn"
codes    = "clm-dfe"

  [school.connector]
  folder  = "{addresses.weekly_folder}"
  profile = "clm-wide"

[[destination]]
id           = "coventry"
channel      = "https"
organisation = "331"
agreement    = "demo agreement 1"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  url                = "{addresses.authority}"
  signing_key_secret = "coventry_signing"

[[destination]]
id           = "warwickshire"
channel      = "folder"
organisation = "937"
agreement    = "demo agreement 2"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  path = "{addresses.council_folder}"

[[destination]]
id           = "mail"
channel      = "smtp"
organisation = "{_PROVIDER}"
agreement    = "demo agreement 3"
legal_basis  = "public task"

  [destination.settings]
  host   = "127.0.0.1"
  port   = {addresses.mail_port}
  tls    = "none"
  sender = "relay@demo-provision.example"

[[feed]]
destination = "coventry"
la_code     = "331"

[[feed]]
destination = "warwickshire"
la_code     = "937"
"""


def _calendar(calendar: Calendar) -> str:
    [term] = calendar.terms
    inset = ", ".join(map(str, sorted(calendar.closed)))
    return f'inset = [{inset}]\n\n[[term]]\nname  = "{term.name}"\nfirst = {term.first}\nlast  = {term.last}\n'


_PLACEMENT = (
    "pupil_id", "school", "platform_id", "upn", "surname", "forename", "date_of_birth", "year_group", "start_date",
    "end_date", "la_code", "home_school", "home_school_urn", "commissioner", "placement_ref", "arrangement", "expected",
    "flags", "social_worker", "youth_justice_worker", "key_worker",
)  # fmt: skip
_CONTACT = (
    "role", "organisation", "destination", "address", "legal_basis", "agreement", "agreed_on", "confirmed_on",
)  # fmt: skip


def _placement(school: str, pupil: SyntheticPupil) -> dict[str, str]:
    urn = sorted(_HOME_SCHOOLS)[int(pupil.pupil_id[-4:]) % len(_HOME_SCHOOLS)]
    return {
        "pupil_id": pupil.pupil_id,
        "school": school,
        "platform_id": pupil.platform_id,
        "upn": pupil.upn,
        "surname": pupil.surname,
        "forename": pupil.forename,
        "date_of_birth": pupil.born.isoformat(),
        "year_group": pupil.year_group,
        "start_date": FIRST.isoformat(),
        "la_code": pupil.la_code,
        "home_school": _HOME_SCHOOLS[urn],
        "home_school_urn": urn,
        "commissioner": f"commissioner-{pupil.la_code}",
        "placement_ref": f"PL-{pupil.pupil_id.upper()}",
        "arrangement": "school_commissioned",
    }


def _contacts() -> Iterable[dict[str, str]]:
    confirmed = {"confirmed_on": "2026-09-01"}
    agreed = {"legal_basis": "public task", "agreement": "demo agreement", "agreed_on": "2026-09-01"} | confirmed
    yield {"role": "local_authority", "organisation": "331", "destination": "coventry", **agreed}
    yield {"role": "local_authority", "organisation": "937", "destination": "warwickshire", **agreed}
    for la_code in ("331", "937"):
        address = f"commissioning-{la_code}@council.example"
        organisation = f"commissioner-{la_code}"
        yield {
            "role": "commissioner",
            "organisation": organisation,
            "destination": "mail",
            "address": address,
            **agreed,
        }
    for urn in _HOME_SCHOOLS:
        address = f"attendance@school-{urn}.example"
        yield {"role": "home_school", "organisation": urn, "destination": "mail", "address": address, **agreed}
    for role in ("head_of_provision", "dsl", "staff"):
        address = f"{role.replace('_', '-')}@{_PROVIDER}.example"
        yield {"role": role, "organisation": _PROVIDER, "destination": "mail", "address": address, **confirmed}


def _write_csv(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
