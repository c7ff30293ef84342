"""Whom a person might mean by a platform's pupil whom no link knows: a suggestion, and never more than that."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from mapping.identity import Link
from mapping.model import SourcePupil

FORMER_UPN = "its UPN equals a former UPN of the pupil, or the other way round"
PLATFORM_ID = "the platform id is the pupil's, the UPN is not"
LIKENESS = "surname and date of birth agree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A platform's pupil whom no link knows; ``upns`` are those its rows carried."""

    platform_id: str
    upns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Who it may be: ``pupil_id`` where everything points to one, else ``candidates`` alone; ``because`` says why."""

    candidates: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def pupil_id(self) -> str | None:
        """The one candidate; none where there is no other than several, or nobody."""
        return self.candidates[0] if len(self.candidates) == 1 else None


class Suggester:
    """What is known of one school's pupils, looked at from the side of a stranger."""

    def __init__(
        self, links: Iterable[Link], likenesses: Iterable[tuple[str, str]], records: Iterable[SourcePupil]
    ) -> None:
        """``likenesses`` are (pupil id, likeness) of the roll; ``records`` what the platform says of its pupils."""
        self._by_upn: defaultdict[str, set[str]] = defaultdict(set)
        self._by_platform_id: defaultdict[str, set[str]] = defaultdict(set)
        for link in links:
            if link.upn:
                self._by_upn[link.upn].add(link.pupil_id)
            if link.platform_id:
                self._by_platform_id[link.platform_id].add(link.pupil_id)
        self._alike: defaultdict[str, set[str]] = defaultdict(set)
        for pupil_id, likeness in likenesses:
            self._alike[likeness].add(pupil_id)
        self._records: defaultdict[str, list[SourcePupil]] = defaultdict(list)
        for record in records:
            self._records[record.platform_id].append(record)

    def suggest(self, stranger: Stranger) -> Suggestion:
        """Return whom it may be. Where two reasons point to two pupils, nobody is suggested."""
        found = {why: pupils for why, pupils in self._reasons(stranger) if pupils}
        return Suggestion(candidates=tuple(sorted(set().union(*found.values()))), because=tuple(found))

    def _reasons(self, stranger: Stranger) -> Iterator[tuple[str, set[str]]]:
        yield FORMER_UPN, self._owners(self._same_record(stranger) - stranger.upns)
        yield PLATFORM_ID, self._by_platform_id.get(stranger.platform_id, set())
        likenesses = {each.likeness for each in self._records[stranger.platform_id] if each.likeness}
        yield LIKENESS, set().union(*(self._alike.get(each, set()) for each in likenesses))

    def _same_record(self, stranger: Stranger) -> set[str]:
        """Return every UPN that the platform gives to a record which is the stranger's, or holds a UPN of theirs."""
        upns: set[str] = set()
        for platform_id, record in self._records.items():
            of_record = {each.upn for each in record if each.upn}
            if platform_id == stranger.platform_id or of_record & stranger.upns:
                upns |= of_record
        return upns

    def _owners(self, upns: Collection[str]) -> set[str]:
        return set().union(*(self._by_upn.get(upn, set()) for upn in upns))
