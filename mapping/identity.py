"""Who a row is about: UPNs with their check letter, and the dated crosswalk from a platform's own ids."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from mapping.model import SourcePupil

#: Check letters in the order of their values, A = 0 to Z = 22; I, O and S are not used.
#: Government Data Standards Catalogue, Unique Pupil Number.
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_WEIGHTS = range(2, 14)


class UpnStatus(StrEnum):
    """What a UPN is good for."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    INVALID = "invalid"


def check_letter(rest: str) -> str:
    """Return the letter that makes the 12 characters after it a UPN.

    Raises ``ValueError`` unless they are 12 digits, or 11 digits and a final letter (a temporary UPN).
    """
    if len(rest) != 12 or not (rest[:11].isascii() and rest[:11].isdigit()):
        raise ValueError("a UPN has a check letter and 12 characters, digits but for a temporary UPN's last letter")
    values = [int(digit) for digit in rest[:11]] + [_last_value(rest[11])]
    return LETTERS[sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True)) % 23]


@lru_cache(maxsize=1 << 16)
def upn_status(upn: str) -> UpnStatus:
    """Tell a permanent UPN, a temporary one (it ends in a letter) and a wrong one apart.

    The LA digits are not checked against a list: new authorities appear, and a list would refuse their pupils.
    """
    try:
        is_right = upn[:1] == check_letter(upn[1:])
    except ValueError:
        return UpnStatus.INVALID
    if not is_right:
        return UpnStatus.INVALID
    return UpnStatus.PERMANENT if upn[-1].isdigit() else UpnStatus.TEMPORARY


def _last_value(last: str) -> int:
    if last.isascii() and last.isdigit():
        return int(last)
    if last and last in LETTERS:
        return LETTERS.index(last)
    raise ValueError("a UPN ends in a digit, or in a letter other than I, O and S when it is temporary")


def likeness(surname: str, born: date) -> str:
    """Return what surname and date of birth come to: 16 hexadecimal digits, the same however the name was typed.

    Case, accents, spaces, hyphens and apostrophes do not matter. Two children may share one: it is never more than a
    suggestion to a person.
    """
    decomposed = unicodedata.normalize("NFKD", surname)
    letters = "".join(letter for letter in decomposed.casefold() if letter.isalpha())
    return hashlib.sha256(f"{letters} {born.isoformat()}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One approved sentence of the crosswalk: this platform id or UPN is that pupil, between two dates (included)."""

    pupil_id: str
    platform_id: str | None = None
    upn: str | None = None
    start: date | None = None
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the link is in force on a date."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """No pupil, or more than one (``is_contested``), stands behind a row; ``reason`` is for a person. No name."""

    reason: str
    is_contested: bool = False


def extended(links: Iterable[Link], pupils: Iterable[SourcePupil]) -> list[Link]:
    """Add what the platform itself says about a pupil's UPNs: the temporary ones that came before the permanent one.

    A platform record whose one permanent UPN is linked to one pupil brings its temporary UPNs along, for the dates the
    platform gives them. A record with two permanent UPNs is two children under one id, or a mistake: it adds nothing.
    """
    known = list(links)
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for link in known:
        # What is no UPN (a placeholder, a slip) may stand in the records of several children.
        if link.upn and upn_status(link.upn) is not UpnStatus.INVALID:
            owners[link.upn].add(link.pupil_id)
    records: defaultdict[str, list[SourcePupil]] = defaultdict(list)
    for pupil in pupils:
        if pupil.upn:
            records[pupil.platform_id].append(pupil)
    for record in records.values():
        permanent = {each.upn for each in record if not each.is_temporary}
        pupil_ids = {pupil_id for upn in permanent for pupil_id in owners.get(upn or "", ())}
        if len(permanent) == len(pupil_ids) == 1:
            [pupil_id] = pupil_ids
            known += [
                Link(pupil_id=pupil_id, upn=each.upn, start=each.start, end=each.end)
                for each in record
                if each.upn not in owners
            ]
    return known


class Crosswalk:
    """The links of one school. A UPN decides; a platform id serves where the platform gives none."""

    def __init__(self, links: Iterable[Link], approved: Iterable[Link] = ()) -> None:
        """Links may overlap in time; a row that two of them claim for different pupils stays unmatched.

        ``approved`` are links that a person approved: they speak only where ``links`` say nothing.
        """
        self._links, self._approved = _Links(links), _Links(approved, seen=True)

    def resolve(self, platform_id: str, upn: str | None, day: date) -> str | Unmatched:
        """Return the pupil a row of that day is about, or why nobody can tell.

        Never guesses: an unknown UPN is not overruled by a known platform id, because the platform may have
        given that id to another child.
        """
        found = self._links.resolve(platform_id, upn, day)
        if isinstance(found, str) or found.is_contested or not self._approved:
            return found
        approved = self._approved.resolve(platform_id, upn, day)
        return approved if isinstance(approved, str) or approved.is_contested else found


class _Links:
    """Links by UPN and by platform id. ``seen`` says that a person saw each UPN as it is, wrong ones included."""

    def __init__(self, links: Iterable[Link], *, seen: bool = False) -> None:
        self._seen = seen
        self._by_upn: defaultdict[str, list[Link]] = defaultdict(list)
        self._by_platform_id: defaultdict[str, list[Link]] = defaultdict(list)
        for link in links:
            if link.upn:
                self._by_upn[link.upn].append(link)
            if link.platform_id:
                self._by_platform_id[link.platform_id].append(link)

    def __bool__(self) -> bool:
        return bool(self._by_upn or self._by_platform_id)

    def resolve(self, platform_id: str, upn: str | None, day: date) -> str | Unmatched:
        if upn:
            return self._resolve_upn(upn, platform_id, day)
        pupils = {link.pupil_id for link in self._by_platform_id.get(platform_id, ()) if link.holds_on(day)}
        if len(pupils) == 1:
            return pupils.pop()
        problem = "several pupils" if pupils else "no pupil"
        return Unmatched(
            f"platform id {platform_id!r} stands for {problem} on {day}: give the pupil's row in placements.csv "
            "this platform_id, with dates",
            is_contested=bool(pupils),
        )

    def _resolve_upn(self, upn: str, platform_id: str, day: date) -> str | Unmatched:
        if upn_status(upn) is UpnStatus.INVALID:
            return self._resolve_invalid(upn, platform_id, day)
        pupils = {link.pupil_id for link in self._by_upn.get(upn, ()) if link.holds_on(day)}
        if len(pupils) == 1:
            return pupils.pop()
        problem = "several pupils hold" if pupils else "no pupil holds"
        return Unmatched(
            f"{problem} the UPN of platform id {platform_id!r} on {day}: correct the pupil's row in placements.csv",
            is_contested=bool(pupils),
        )

    def _resolve_invalid(self, upn: str, platform_id: str, day: date) -> str | Unmatched:
        # Several children may carry the same slip; only together with the platform id that a person saw does it count.
        links = self._by_platform_id.get(platform_id, ()) if self._seen else ()
        pupils = {link.pupil_id for link in links if link.upn == upn and link.holds_on(day)}
        if len(pupils) == 1:
            return pupils.pop()
        return Unmatched(
            f"the UPN of platform id {platform_id!r} fails its check letter: correct it at the source",
            is_contested=bool(pupils),
        )
