"""Profiles: how one provider's file is laid out, as an admin describes it in ``config/profiles``."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

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

    def names(self, field: str) -> list[str]:
        """Return the alternatives for one field; none where the file has no such column."""
        value: str | list[str] | None = getattr(self, field)
        return [value] if isinstance(value, str) else list(value or ())


class Sessions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the session column (or a wide header) says for morning, afternoon and both."""

    am: tuple[str, ...] = ("AM",)
    pm: tuple[str, ...] = ("PM",)
    full_day: tuple[str, ...] = ("Full day",)
    #: A clock time instead of a word: before this it is morning (``HH:MM``).
    noon: Annotated[str, msgspec.Meta(pattern=r"^[0-2]\d:[0-5]\d$")] = "12:00"


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
    #: Whether the file answers for every session of the dates asked for, so that a mark it lacks was taken back.
    is_whole: bool = False


_NEEDED = {"long": ("date", "session", "code"), "wide": ("week_commencing",)}


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
    _check(name, profile)
    return profile


def _check(name: str, profile: Profile) -> None:
    columns = profile.columns
    if not all("%" in each for each in profile.date_formats):
        raise ValueError(f"profiles/{name}.toml: date_formats: write strptime's letters, such as %d/%m/%Y")
    missing = [field for field in _NEEDED[profile.layout] if not columns.names(field)]
    if missing:
        raise ValueError(f"profiles/{name}.toml: columns.{missing[0]}: a {profile.layout} layout needs this column")
    if not columns.names("platform_id") and not columns.names("upn"):
        raise ValueError(f"profiles/{name}.toml: columns: name platform_id, upn or both, or no row is about anybody")
