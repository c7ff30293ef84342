"""Profiles: how one provider's file is laid out, as an admin describes it in ``config/profiles``."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

_Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_Few = Annotated[int, msgspec.Meta(ge=1, le=100)]


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header cells that name each field; a list gives alternatives. Every other column is never read."""

    platform_id: str | list[str] | None = None
    upn: str | list[str] | None = None
    date: str | list[str] | None = None
    session: str | list[str] | None = None
    code: str | list[str] | None = None
    minutes_late: str | list[str] | None = None
    week_commencing: str | list[str] | None = None
    #: Instead of ``session``: when a row begins, and where the file tells it when it ends.
    start: str | list[str] | None = None
    end: str | list[str] | None = None
    #: Whose row it is where one file holds several providers; the profile's ``only`` says whose count.
    provider: str | list[str] | None = None
    #: By whom or when the register was taken: an empty cell says that nobody has, and then its marks are none.
    taken_by: str | list[str] | None = None
    taken_at: str | list[str] | None = None
    #: Read for ``mapping.identity.likeness`` alone, and kept nowhere.
    surname: str | list[str] | None = None
    date_of_birth: str | list[str] | None = None

    def names(self, field: str) -> list[str]:
        """Return the alternatives for one field; none where the file has no such column."""
        value: str | list[str] | None = getattr(self, field)
        return [value] if isinstance(value, str) else list(value or ())


class Sessions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the session column (or a wide header) says for morning, afternoon and both."""

    am: tuple[str, ...] = ("AM",)
    pm: tuple[str, ...] = ("PM",)
    full_day: tuple[str, ...] = ("Full day",)
    #: Words of rows that are lessons, not sessions; ``*`` stands for anything (``Period *``). Left out and counted.
    ignore: tuple[str, ...] = ()
    #: A clock time instead of a word: before this it is morning (``HH:MM``).
    noon: _Clock = "12:00"
    #: A row that begins in the morning and ends after this is both sessions (``HH:MM``).
    afternoon: _Clock = "13:00"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One layout of one provider's attendance file."""

    layout: Literal["long", "wide"]
    columns: Columns
    format: Literal["csv", "xlsx"] = "csv"
    #: Which files of the drop folder are meant.
    files: str = "*.csv"
    #: ``auto`` is UTF-8 (with or without a BOM) where the whole file is, else Windows-1252.
    encoding: Literal["auto", "utf-8-sig", "utf-16", "windows-1252"] = "auto"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    #: The worksheet's name; without one, the first.
    sheet: str | None = None
    #: The header is looked for in this many rows, below any title.
    header_within: _Few = 20
    #: In ``strptime``'s letters, tried in this order; ISO dates and Excel serials are always read.
    date_formats: tuple[str, ...] = ("%d/%m/%Y",)
    sessions: Sessions = Sessions()
    #: A row whose first filled cell begins with one of these words is a sum, not a pupil.
    skip_rows: tuple[str, ...] = ("Total", "Totals", "Grand total", "Count")
    #: Refs of digits are filled up with zeros to this length, because spreadsheets eat leading zeros. 0: taken as is.
    platform_id_digits: Annotated[int, msgspec.Meta(ge=0, le=40)] = 0
    #: The provider's files never have a line end behind their last row; elsewhere such a row may be cut, and is held.
    ends_open: bool = False
    #: The providers of ``columns.provider`` whose rows are this school's; rows of all others are left out and counted.
    only: tuple[str, ...] = ()
    #: A snapshot answers in full for the days it holds, so a mark it lacks may have been taken back; a delta does not.
    content: Literal["snapshot", "delta"] = "delta"


_NEEDED = {"long": ("date", "code"), "wide": ("week_commencing",)}


def read_profile(name: str, profiles: Mapping[str, Mapping[str, Any]]) -> Profile:
    """Return a profile from its parsed TOML; raises ``ValueError`` naming file and key where it cannot be used."""
    if name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise ValueError(f"profile: there is no profiles/{name}.toml; there are: {known}")
    try:
        profile = msgspec.convert(profiles[name], Profile)
    except msgspec.ValidationError as problem:
        what, _, where = str(problem).partition(" - at `$.")
        raise ValueError(f"profiles/{name}.toml: {where.rstrip('`') or '(top level)'}: {what}") from None
    if wrong := next(_problems(profile), None):
        raise ValueError(f"profiles/{name}.toml: {wrong}")
    return profile


def _problems(profile: Profile) -> Iterator[str]:
    """Yield what no single key can tell: which columns need or exclude each other."""
    named = {field for field in profile.columns.__struct_fields__ if profile.columns.names(field)}
    if not all("%" in each for each in profile.date_formats):
        yield "date_formats: write strptime's letters, such as %d/%m/%Y"
    yield from (f"columns.{field}: {why}" for field, why in _wrong_columns(profile.layout, named))
    if not named & {"platform_id", "upn"}:
        yield "columns: name platform_id, upn or both, or no row is about anybody"
    if ("provider" in named) != bool(profile.only):
        yield "only: name the providers whose rows are this school's, and the column provider that tells them"


def _wrong_columns(layout: str, named: set[str]) -> Iterator[tuple[str, str]]:
    yield from ((field, f"a {layout} layout needs this column") for field in _NEEDED[layout] if field not in named)
    if layout == "long" and len(named & {"session", "start"}) != 1:
        yield "session", "a long layout needs this column, or start instead of it, not both"
    if "end" in named and "start" not in named:
        yield "end", "it says something only beside columns.start"
    if len(named & {"surname", "date_of_birth"}) == 1:
        yield "surname", "it serves only together with columns.date_of_birth"
