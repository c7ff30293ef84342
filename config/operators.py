"""The operator's folder after everything in it was found to be in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.contacts import Contact
from config.events import RecordedEvent
from config.holds import Hold
from config.layouts import Layout
from config.models import Destination, Feed, Health, Limits, Provider, Retention, School, Times
from config.overlays import Authority, PolicyFile
from config.placements import Placement
from config.problems import Problem
from config.safety import Safety
from config.secrecy import handed_over
from mapping.codes import CodeTable
from mapping.identity import Link
from mapping.normalise import SourceCodes
from mapping.school_days import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What ships, with what the operator laid over it: by file stem, ``authorities`` by their code.

    ``bank_holidays`` are England's, with their names. ``source_codes`` map a source's symbols to national codes,
    ``not_a_mark`` or ``late``. ``profiles`` say how a platform's exports look, as parsed TOML, ``layouts`` how a
    receiver wants its feed. ``template_folders`` are
    searched in order, the operator's own first.
    """

    calendars: Mapping[str, Calendar]
    bank_holidays: Mapping[date, str]
    national: CodeTable
    source_codes: Mapping[str, Mapping[str, str]]
    policies: Mapping[str, PolicyFile]
    profiles: Mapping[str, Mapping[str, Any]]
    authorities: Mapping[str, Authority]
    layouts: Mapping[str, Layout]
    template_folders: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One provider's configuration, whole. Every name that one part gives of another is known to exist.

    ``holds`` are by their row in holds.csv. ``secret_names`` are those that relay.toml mentions, ``secrets`` their
    values if they were asked for. ``warnings`` are for a person to look at.
    """

    folder: Path
    provider: Provider
    times: Times
    limits: Limits
    health: Health
    retention: Retention
    safety: Safety
    schools: tuple[School, ...]
    destinations: tuple[Destination, ...]
    feeds: tuple[Feed, ...]
    placements: tuple[Placement, ...] = field(repr=False)
    contacts: tuple[Contact, ...] = field(repr=False)
    events: tuple[RecordedEvent, ...] = field(repr=False)
    holds: Mapping[int, Hold] = field(repr=False)
    library: Library = field(repr=False)
    code_defaults: Mapping[str, str] = field(repr=False)
    secret_names: frozenset[str]
    secrets: Mapping[str, SecretStr] = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    def school(self, school_id: str) -> School:
        """Return a school by its id; raises ``KeyError`` when there is none."""
        return {school.id: school for school in self.schools}[school_id]

    def destination(self, destination_id: str) -> Destination:
        """Return a destination by its id; raises ``KeyError`` when there is none."""
        return {destination.id: destination for destination in self.destinations}[destination_id]

    def calendar_of(self, school: School) -> Calendar:
        """Return the terms and closed days of a school."""
        return self.library.calendars[school.calendar]

    def policy_of(self, school: School) -> PolicyFile:
        """Return the policy that a school follows."""
        return self.library.policies[school.policy]

    def codes_of(self, school: School) -> SourceCodes:
        """Return what a school's symbols mean, and how long its register stays open."""
        return SourceCodes(
            table=self.library.source_codes[codes_stem(school, self.code_defaults)],
            register_open_minutes=school.register_open_minutes or self.limits.register_open_minutes,
        )

    def placements_of(self, school_id: str) -> tuple[Placement, ...]:
        """Return the rows of placements.csv for a school, in the order of the file."""
        return self._placements.get(school_id, ())

    @cached_property
    def _placements(self) -> Mapping[str, tuple[Placement, ...]]:
        """Return the placements by school, sorted out once for all schools."""
        by_school: dict[str, list[Placement]] = {}
        for placement in self.placements:
            by_school.setdefault(placement.school, []).append(placement)
        return {school: tuple(rows) for school, rows in by_school.items()}

    def events_of(self, school_id: str) -> tuple[RecordedEvent, ...]:
        """Return the rows of events.csv for a school, in the order of the file."""
        return tuple(event for event in self.events if event.school == school_id)

    def links_of(self, school_id: str) -> tuple[Link, ...]:
        """Return a school's crosswalk as the operator wrote it."""
        return tuple(placement.link for placement in self.placements_of(school_id))

    def handed_over(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return a school's ``connector`` or a destination's ``settings`` with its secrets in plain text.

        Raises ``KeyError`` when the folder was loaded without secrets.
        """
        return handed_over(raw, self.secrets)


def codes_stem(school: School, defaults: Mapping[str, str]) -> str:
    """Return which code table a school's symbols are read with: its own choice, else its platform's."""
    return school.codes or defaults.get(school.platform, school.platform)
