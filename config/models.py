"""What relay.toml says, table by table, and the roles a recipient can have."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from config.fields import Clock, Day, Email, Id, LaCode, Laestab, ListenAddress, Table, Text, Urn
from config.layouts import STANDARD
from config.problems import suggestion

#: Who can be told, given a task or named in a document: the only words policies and contacts.csv may use.
ROLES = {
    "attendance_lead": "runs attendance at the provider: attendance officer, education welfare team",
    "attendance_team": "makes the calls and visits under the attendance lead",
    "head_of_provision": "head of the provision or head of school",
    "senior_lead": "leads above the head of provision: executive head, senior attendance champion",
    "dsl": "designated safeguarding lead",
    "staff": "all staff who meet the pupil, as one list",
    "tutor": "the tutor who takes the pupil's sessions",
    "key_worker": "the pupil's key worker at the provider",
    "support_team": "the provider's support or referrals team",
    "pastoral_team": "behaviour, inclusion and counselling staff at the provider",
    "admin": "the IT admin who runs this relay: told about holds and failures, never about pupils",
    "parent": "parent or carer: receives documents by hand of the provider, never a message of this relay",
    "home_school": "attendance lead of the school where the pupil is registered",
    "home_school_dsl": "safeguarding lead of the school where the pupil is registered",
    "commissioner": "attendance officer of the body that placed the pupil or pays for the place",
    "local_authority": "attendance or missing-education team of the pupil's own local authority",
    "education_welfare_officer": "education welfare officer outside the provider",
    "virtual_school": "virtual school of the authority that looks after the pupil",
    "social_worker": "the pupil's social worker",
    "care_team": "care team or care provider of a looked-after pupil",
    "youth_justice_worker": "the pupil's youth justice worker",
}


def _role(text: str) -> str:
    if text not in ROLES:
        there = suggestion(text, ROLES) or f": the roles are {', '.join(ROLES)}"
        raise ValueError(f"is not a role{there}")
    return text


Role = Annotated[str, AfterValidator(_role)]

#: The longest a register should stay open (statutory guidance as local authorities restate it; S3-08).
LONGEST_REGISTER_MINUTES = 30


class Provider(Table):
    """Who runs this relay, and whom a receiver can ring about what it sent."""

    id: Id = Field(description="a short id of the provider, as swift-learning")
    name: Text = Field(description="the provider's name")
    urn: Urn | None = Field(None, description="the provider's URN of 6 digits, if it has one")
    contact_name: Text | None = Field(None, description="the name of the person receivers can ask for")
    contact_role: Text = Field(description="the role of the person receivers can ask for")
    contact_email: Email = Field(description="an email address that somebody reads every school day")
    contact_phone: Text = Field(description="a telephone number that is answered in school hours")


class Times(Table):
    """When things happen on a school day, by the clocks in England."""

    pull: Annotated[tuple[Clock, ...], Field(strict=False, min_length=1)] = Field(
        (time(8, 50), time(9, 30), time(12, 30), time(15, 45)), description="the times at which registers are pulled"
    )
    provisional_feed: Clock = Field(time(9, 45), description="when the feed of the morning leaves")
    decide: Clock = Field(time(16, 0), description="when the day is judged under the policy")
    final_feed: Clock = Field(time(16, 15), description="when the feed of the whole day leaves")
    reread: Clock = Field(time(18), description="from when on the day's next pull reads the last days again")
    reread_term: Literal["monday", "tuesday", "wednesday", "thursday", "friday"] = Field(
        "friday", description="the weekday on which that pull reads the whole term again"
    )
    register_deadline_am: Clock = Field(time(10), description="when a morning's register without a mark is not taken")
    register_deadline_pm: Clock = Field(time(14, 30), description="when an afternoon's is not")

    def register_deadline(self, half: str) -> time:
        """Return from when on a register ("AM" or "PM") should be there; before, its absence is no surprise."""
        return self.register_deadline_am if half == "AM" else self.register_deadline_pm


class Limits(Table):
    """How much, how often, how long."""

    delivery_attempts: int = Field(12, ge=1, le=100, description="how often one message is tried at least")
    patience_hours: float = Field(
        8, ge=0, le=200, description="for how many working hours of its recipient a message is tried at least"
    )
    lease_seconds: int = Field(
        600, ge=30, le=3600, description="how long one delivery may take before it counts as lost"
    )
    register_open_minutes: int = Field(30, ge=1, le=120, description="how long a register stays open")
    reread_days: int = Field(7, ge=0, le=60, description="how many days back are read again every night")
    mass_change_share: float = Field(
        0.2, gt=0, le=1, description="changes of more than this share of a school's recorded marks wait for a person"
    )
    mass_change_marks: int = Field(20, ge=1, description="fewer changes than this never wait")
    skipped_share: float = Field(
        0.5, ge=0, le=1, description="a pull of which more than this share of the rows became no mark has failed"
    )
    stale_hours: int = Field(24, ge=1, le=720, description="how old what a platform shows may be, school days counted")
    pulls_at_once: int = Field(8, ge=1, le=64, description="how many schools are asked at the same time")
    pull_minutes: int = Field(15, ge=1, le=25, description="how long one school's platform is waited for in one pull")
    jitter_seconds: int = Field(
        60, ge=0, le=900, description="a pull at a time of day begins by chance up to so much later"
    )
    update_after_school_days: int = Field(
        10, ge=0, le=60, description="how long a case waits for an update that says only that the absence goes on"
    )
    alert_minutes: int = Field(15, ge=1, le=1440, description="how long the admins are left alone after an alert")
    write_back_hours: float = Field(
        9, ge=1, le=200, description="for how many working hours an approved change may go without confirmation"
    )


class Health(Table):
    """Where the state of `run` can be read. Nothing listens unless an address is given."""

    address: ListenAddress | None = Field(None, description="address and port of /healthz, /readyz and /metrics")


class Retention(Table):
    """How many days what was sent stays in the database after it was settled. Ids, hashes and times stay for good."""

    feeds_days: int = Field(14, ge=1, le=3660, description="how long the files of feeds are kept")
    notices_days: int = Field(30, ge=1, le=3660, description="how long notices are kept")
    referrals_days: int = Field(90, ge=1, le=3660, description="how long referrals are kept")
    alerts_days: int = Field(14, ge=1, le=3660, description="how long alerts are kept")
    dead_days: int = Field(180, ge=30, le=3660, description="how long a dead letter of which an admin was told is kept")
    addresses_days: int = Field(
        90, ge=61, le=3660, description="how long addresses are kept, and in any case while the pupil's case is open"
    )


class School(Table):
    """One site whose registers are pulled. ``connector`` is raw: the platform's own settings check it."""

    id: Id = Field(description="a short id of the school, as coventry-site")
    name: Text = Field(description="the school's name")
    urn: Urn | None = Field(None, description="the school's URN of 6 digits")
    laestab: Laestab | None = Field(None, description="the school's LAESTAB, as 937/4000")
    platform: Text = Field(description="the platform its registers are in")
    policy: Text = Field(description="the policy it follows: a file name in policies/ without .toml")
    calendar: Text = Field(description="its calendar: a file name in calendars/ without .toml")
    codes: Text | None = Field(None, description="its code table: a file name in codes/ without .csv")
    register_open_minutes: int | None = Field(None, ge=1, le=120, description="how long its register stays open")
    write_back: bool = Field(False, description="whether approved changes of marks are written into its platform")
    connector: dict[str, Any] = Field(default_factory=dict, repr=False)


class Encryption(Table):
    """Whom the files of one destination are encrypted for. ``recipients`` are for age, the file is for OpenPGP."""

    kind: Literal["age", "openpgp"] = Field(description='"age" or "openpgp"')
    recipients: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        (), description="the recipients' age public keys (age1...)"
    )
    certificate_file: Text | None = Field(
        None, description="a file of the recipients' OpenPGP certificates, seen from the operator's folder"
    )

    @property
    def given(self) -> str:
        """The key that says for whom, in a table that was checked."""
        return "recipients" if self.kind == "age" else "certificate_file"


class Destination(Table):
    """One place messages go. ``settings`` is raw: the channel's own settings check it.

    ``organisation`` is a local authority's code, a commissioner's id, a school's URN or the provider's id.
    """

    id: Id = Field(description="a short id of the destination, as coventry-feed")
    channel: Text = Field(description="how messages get there")
    organisation: Text = Field(description="whose it is: an authority's code, a commissioner's id, a URN")
    agreement: Text = Field(description="the reference of the data sharing agreement")
    agreed_on: Day | None = Field(None, description="the date of the agreement")
    agreement_until: Day | None = Field(None, description="the last day of the agreement")
    confirmed_on: Day | None = Field(None, description="when the receiver last confirmed that this is its own")
    legal_basis: Text = Field(description="the legal basis on which pupils' data goes there")
    profile: Literal["minimal", "identity"] = Field(
        "minimal", description='"minimal" (no names) or "identity" (name and date of birth)'
    )
    opens: Clock = Field(time(9), description="when its people begin to work, by the clocks in England")
    closes: Clock = Field(time(17), description="when they go home")
    calendar: Text | None = Field(
        None, description="their working days: a file name in calendars/; without it, weekdays without bank holidays"
    )
    encryption: Encryption | None = Field(None, description="whom its files are encrypted for")
    layout: Text = Field(STANDARD, description="how its daily feed looks: a file name in layouts/ without .toml")
    settings: dict[str, Any] = Field(default_factory=dict, repr=False)

    def is_agreed_on(self, day: date) -> bool:
        """Whether the agreement still covers a local date."""
        return self.agreement_until is None or day <= self.agreement_until


class Feed(Table):
    """One feed of a day: which pupils, to which destination. Exactly one of the three selectors is given.

    A ``confirmation`` tells a home school of its own pupils whether they attended, and nothing else.
    """

    destination: Text = Field(description="the id of a [[destination]]")
    la_code: LaCode | None = Field(None, description="the pupils' local authority, as 331")
    commissioner: Text | None = Field(None, description="the pupils' commissioner, as in placements.csv")
    home_school_urn: Urn | None = Field(None, description="the URN of the pupils' home school")
    kind: Literal["daily", "confirmation"] = Field("daily", description='"daily" or "confirmation" (to a home school)')
    editions: Annotated[tuple[Literal["provisional", "final"], ...], Field(strict=False, min_length=1)] = Field(
        ("provisional", "final"), description='"provisional", "final" or both'
    )

    @property
    def selectors(self) -> dict[str, str]:
        """The selectors that are given, by their key; one, in a feed that was checked."""
        pairs = ((key, getattr(self, key)) for key in ("la_code", "commissioner", "home_school_urn"))
        return {key: value for key, value in pairs if value is not None}

    @property
    def selector(self) -> tuple[str, str]:
        """Return which column of a placement is compared, and with what."""
        return next(iter(self.selectors.items()))
