"""Reads an operator's folder down to the settings of each platform, channel and policy: all of it, or what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import msgspec

from app.layouts import wrong_layouts
from app.policy.loading import load
from app.sealing import read_seals
from config.holds import FILE as HOLDS
from config.loading import Registries
from config.loading import load as load_folder
from config.models import School
from config.operators import Operator
from config.problems import ConfigErrors, Problem
from config.settings import SecretPlaces, Settings
from connectors import base as platforms
from connectors.registry import PLATFORMS
from mapping.identity import Crosswalk, extended
from mapping.model import SourcePupil
from mapping.normalise import Normaliser
from mapping.school_days import Calendar
from outbox.channels.registry import CHANNELS
from outbox.encryption import Seal
from rules.due import RollEntry, SessionsDue
from rules.evaluate import Evaluator
from rules.muting import refusal
from rules.recorded import RECORDED

#: The names an operator's folder may use because the code behind them is here.
REGISTRIES = Registries(
    platforms={name: platform.codes for name, platform in PLATFORMS.items()},
    writers={name for name, platform in PLATFORMS.items() if platform.writes},
    channels=CHANNELS,
    addressed={name for name, kind in CHANNELS.items() if kind.addressed},
    feed_channels={name for name, kind in CHANNELS.items() if kind.takes_feeds},
    file_channels={name for name, kind in CHANNELS.items() if kind.as_files},
    events=RECORDED,
)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One school, ready to be pulled and judged."""

    school: School
    calendar: Calendar
    evaluator: Evaluator
    roll: Mapping[str, tuple[RollEntry, ...]]
    operator: Operator = field(repr=False)

    @property
    def id(self) -> str:
        """The school's id."""
        return self.school.id

    @cached_property
    def due(self) -> SessionsDue:
        """Return the sessions of the school, worked out once."""
        return SessionsDue(self.calendar)

    def normaliser(self, pupils: Iterable[SourcePupil]) -> Normaliser:
        """Return what turns this school's source marks into marks, given what the platform says of its pupils."""
        crosswalk = Crosswalk(extended(self.operator.links_of(self.id), pupils))
        return Normaliser(
            national=self.operator.library.national,
            codes=self.operator.codes_of(self.school),
            resolve=crosswalk.resolve,
        )


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An operator's folder of which everything was understood, down to each platform's own settings."""

    operator: Operator
    sites: Mapping[str, Site]
    platform_settings: Mapping[str, Any] = field(repr=False)
    channel_settings: Mapping[str, Any] = field(repr=False)
    seals: Mapping[str, Seal] = field(default_factory=dict)


def read(settings: Settings) -> Checked:
    """Read the operator's folder whole. Raises ``ConfigErrors`` with every problem, before anything is pulled."""
    operator = load_folder(settings.config, registries=REGISTRIES, secrets=SecretPlaces(settings.secrets_dir))
    problems: list[Problem] = []
    evaluators = _evaluators(operator, problems)
    problems += _refused_holds(operator, evaluators)
    platform_settings = _settings(
        operator,
        (
            (each.id, f"school[{number}].connector", each.connector, PLATFORMS[each.platform].settings)
            for number, each in enumerate(operator.schools, start=1)
        ),
        problems,
    )
    channel_settings = _settings(
        operator,
        (
            (each.id, f"destination[{number}].settings", each.settings, CHANNELS[each.channel].settings)
            for number, each in enumerate(operator.destinations, start=1)
        ),
        problems,
    )
    _try_platforms(operator, platform_settings, problems)
    seals = read_seals(operator, problems)
    problems += wrong_layouts(operator)
    if problems:
        raise ConfigErrors(problems, operator.warnings)
    sites = {school.id: _site(operator, school, evaluators[school.policy]) for school in operator.schools}
    return Checked(
        operator=operator,
        sites=sites,
        platform_settings=platform_settings,
        channel_settings=channel_settings,
        seals=seals,
    )


def _try_platforms(operator: Operator, settings: Mapping[str, Any], problems: list[Problem]) -> None:
    """Make each school's connector once, which opens no connection: an address or a profile that cannot work shows."""
    around = platforms.Surroundings(
        now=lambda: datetime.now(UTC), sleep=lambda _: None, profiles=operator.library.profiles
    )
    for number, school in enumerate(operator.schools, start=1):
        if school.id not in settings:
            continue
        try:
            PLATFORMS[school.platform].connect(settings[school.id], around).close()
        except ValueError as wrong:
            problems.append(Problem(file="relay.toml", key=f"school[{number}].connector", message=str(wrong)))


def _site(operator: Operator, school: School, evaluator: Evaluator) -> Site:
    roll: dict[str, tuple[RollEntry, ...]] = {}
    events = _events(operator, school)
    for placement in sorted(operator.placements_of(school.id), key=lambda each: each.start_date):
        entry = RollEntry(
            pupil_id=placement.pupil_id,
            start=placement.start_date,
            end=placement.end_date,
            expected=placement.expected,
            flags=placement.flags,
            events=events.get(placement.pupil_id, ()),
        )
        roll[placement.pupil_id] = (*roll.get(placement.pupil_id, ()), entry)
    return Site(school=school, calendar=operator.calendar_of(school), evaluator=evaluator, roll=roll, operator=operator)


def _events(operator: Operator, school: School) -> dict[str, tuple[tuple[date, str], ...]]:
    """Return what was recorded about each pupil of a school, by date."""
    events: dict[str, tuple[tuple[date, str], ...]] = {}
    for each in sorted(operator.events_of(school.id), key=lambda each: each.date):
        events[each.pupil_id] = (*events.get(each.pupil_id, ()), (each.date, each.event))
    return events


def _evaluators(operator: Operator, problems: list[Problem]) -> dict[str, Evaluator]:
    """Compile every policy that a school follows."""
    evaluators = {}
    for name in sorted({school.policy for school in operator.schools}):
        try:
            policy = load(operator.library, name)
        except ConfigErrors as errors:
            problems += errors.problems
            continue
        evaluators[name] = Evaluator(policy, operator.library.national)
    return evaluators


def _refused_holds(operator: Operator, evaluators: Mapping[str, Evaluator]) -> Iterator[Problem]:
    """Yield each row of holds.csv that the school's policy does not allow."""
    for row, hold in operator.holds.items():
        evaluator = evaluators.get(operator.school(hold.school).policy)
        why = refusal(evaluator.policy, hold.rule or "", hold.role) if evaluator else None
        if why is not None:
            column, message = why
            yield Problem(file=HOLDS, key=f"row {row}: {column}", message=f"pupil {hold.pupil_id}: {message}")


def _settings(
    operator: Operator, tables: Iterable[tuple[str, str, Mapping[str, Any], type]], problems: list[Problem]
) -> dict[str, Any]:
    """Read each (id, place, raw table, type of settings) as its own platform or channel reads it."""
    found: dict[str, Any] = {}
    for name, where, raw, kind in tables:
        try:
            found[name] = msgspec.convert(operator.handed_over(raw), kind)
        except msgspec.ValidationError as wrong:
            problems.append(Problem(file="relay.toml", key=where, message=_advice(str(wrong))))
    return found


def _advice(message: str) -> str:
    """Turn what msgspec says about a table into what an admin can do about it."""
    text, _, path = message.partition(" - at ")
    key = path.strip("`").removeprefix("$.").removeprefix("$")
    text = text.replace("Object missing required field", "is missing the key").replace("Object contains", "contains")
    return f"{key}: {text}" if key else text
