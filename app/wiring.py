"""Puts an operator's folder together with platforms, channels, policies and the store: everything checked, once."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

import httpx
import msgspec

from config.loading import Registries, load
from config.models import ROLES, School
from config.operators import Operator
from config.problems import ConfigErrors, Problem, suggestion
from config.settings import SecretPlaces, Settings
from connectors import base as platforms
from connectors.registry import PLATFORMS
from mapping.identity import Crosswalk, extended
from mapping.model import SourcePupil
from mapping.normalise import Normaliser
from mapping.school_days import Calendar
from outbox.channels import base as channels
from outbox.channels.registry import CHANNELS
from outbox.emails import Templates, templates
from rules.due import RollEntry, SessionsDue
from rules.evaluate import Evaluator
from rules.policy import PolicyErrors, read_policy
from store.database import Store

#: The names an operator's folder may use because the code behind them is here.
REGISTRIES = Registries(
    platforms={name: platform.codes for name, platform in PLATFORMS.items()},
    channels=CHANNELS,
    addressed={name for name, kind in CHANNELS.items() if kind.addressed},
    feed_channels={name for name, kind in CHANNELS.items() if kind.takes_feeds},
)


class Unusable(RuntimeError):  # noqa: N818 - a fact about a folder
    """A folder cannot serve as what the command wants of it; the sentence says which one would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the relay takes from outside: the clock (aware UTC), waiting, and in tests another way to carry HTTP."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    transport: httpx.BaseTransport | None = None


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
class Relay:
    """Everything one run works with. ``key`` makes message and record ids; it stays in the database."""

    operator: Operator
    sites: Mapping[str, Site]
    store: Store
    key: bytes = field(repr=False)
    surroundings: Surroundings
    platform_settings: Mapping[str, Any] = field(repr=False)
    channel_settings: Mapping[str, Any] = field(repr=False)
    _open: ExitStack = field(default_factory=ExitStack, repr=False)
    _connectors: dict[str, platforms.Connector] = field(default_factory=dict, repr=False)

    def connector(self, site: Site) -> platforms.Connector:
        """Return a school's way to its platform, opened once and closed with the relay. May raise ``ValueError``."""
        if site.id in self._connectors:
            return self._connectors[site.id]
        outside = self.surroundings
        around = platforms.Surroundings(
            now=outside.now,
            sleep=outside.sleep,
            transport=outside.transport,
            profiles=self.operator.library.profiles,
            files_seen=self.store.intake.files(site.id),
        )
        connector = PLATFORMS[site.school.platform].connect(self.platform_settings[site.id], around)
        self._open.callback(connector.close)
        self._connectors[site.id] = connector
        return connector

    @cached_property
    def channels(self) -> dict[str, channels.Channel]:
        """Return every destination's channel, opened when the first message needs one."""
        around = channels.Surroundings(clock=self.surroundings.now, transport=self.surroundings.transport)
        opened = {
            destination.id: CHANNELS[destination.channel].open(self.channel_settings[destination.id], around)
            for destination in self.operator.destinations
        }
        for channel in opened.values():
            self._open.callback(channel.close)
        return opened

    @cached_property
    def templates(self) -> Templates:
        """Return the templates of what people read, the operator's own before the shipped ones."""
        return templates(*self.operator.library.template_folders)

    def now(self) -> datetime:
        """Return the instant, aware UTC."""
        return self.surroundings.now()

    def disconnect(self) -> None:
        """Close connectors and channels."""
        self._open.close()

    def close(self) -> None:
        """Close connectors, channels and the database."""
        self.disconnect()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An operator's folder of which everything was understood, down to each platform's own settings."""

    operator: Operator
    sites: Mapping[str, Site]
    platform_settings: Mapping[str, Any] = field(repr=False)
    channel_settings: Mapping[str, Any] = field(repr=False)


def read(settings: Settings) -> Checked:
    """Read the operator's folder whole. Raises ``ConfigErrors`` with every problem, before anything is pulled."""
    operator = load(settings.config, registries=REGISTRIES, secrets=SecretPlaces(settings.secrets_dir))
    problems: list[Problem] = []
    evaluators = _evaluators(operator, problems)
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
    if problems:
        raise ConfigErrors(problems, operator.warnings)
    sites = {school.id: _site(operator, school, evaluators[school.policy]) for school in operator.schools}
    return Checked(
        operator=operator, sites=sites, platform_settings=platform_settings, channel_settings=channel_settings
    )


def open_relay(checked: Checked, settings: Settings, surroundings: Surroundings | None = None) -> Relay:
    """Open the database and put the relay together. Raises ``StoreError`` when the file cannot be used."""
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database)
    relay = Relay(
        operator=checked.operator,
        sites=checked.sites,
        store=store,
        key=store.installation_key(),
        surroundings=surroundings or Surroundings(),
        platform_settings=checked.platform_settings,
        channel_settings=checked.channel_settings,
    )
    if problems := _unfit_channels(relay):
        relay.close()
        raise ConfigErrors(problems)
    return relay


def _unfit_channels(relay: Relay) -> list[Problem]:
    """Open every channel once and return why one cannot be used."""
    try:
        return _short_leases(relay)
    except (OSError, ValueError) as wrong:
        # A certificate file that is not there, or no certificate.
        return [Problem(file="relay.toml", key="destination", message=f"a channel cannot be opened: {wrong}")]


def _short_leases(relay: Relay) -> list[Problem]:
    """Return the destinations that may take longer over one message than a delivery may last."""
    seconds = relay.operator.limits.lease_seconds
    return [
        Problem(
            file="relay.toml",
            key="limits.lease_seconds",
            message=f"is {seconds}, but destination {name} may take {channel.longest.total_seconds():g} seconds over "
            "one message: give more, or shorten its timeout_seconds",
        )
        for name, channel in relay.channels.items()
        if channel.longest.total_seconds() >= seconds
    ]


def reloaded(relay: Relay, settings: Settings) -> Relay:
    """Return the relay with the operator's files read again; raises ``ConfigErrors`` and leaves it as it was.

    Connectors and channels of the old one are closed: a changed credential must not live on in a connection.
    """
    checked = read(settings)
    again = replace(
        relay,
        operator=checked.operator,
        sites=checked.sites,
        platform_settings=checked.platform_settings,
        channel_settings=checked.channel_settings,
        _open=ExitStack(),
        _connectors={},
    )
    if problems := _unfit_channels(again):
        again.disconnect()
        raise ConfigErrors(problems)
    relay.disconnect()
    return again


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
    for placement in sorted(operator.placements_of(school.id), key=lambda each: each.start_date):
        entry = RollEntry(
            pupil_id=placement.pupil_id,
            start=placement.start_date,
            end=placement.end_date,
            expected=placement.expected,
            flags=placement.flags,
        )
        roll[placement.pupil_id] = (*roll.get(placement.pupil_id, ()), entry)
    return Site(school=school, calendar=operator.calendar_of(school), evaluator=evaluator, roll=roll, operator=operator)


def _evaluators(operator: Operator, problems: list[Problem]) -> dict[str, Evaluator]:
    """Compile every policy that a school follows."""
    evaluators = {}
    for name in sorted({school.policy for school in operator.schools}):
        file = operator.library.policies[name]
        try:
            policy = read_policy(file.content, operator.library.national)
        except PolicyErrors as errors:
            problems += [
                Problem(file=f"policies/{file.path.name}", key=each.where, message=each.message)
                for each in errors.problems
            ]
            continue
        evaluators[name] = Evaluator(policy, operator.library.national)
        problems += [
            Problem(file=f"policies/{file.path.name}", key=f"rule {rule.id!r}: to", message=_no_role(role))
            for rule in policy.rules
            for action in rule.then
            for role in action.to
            if role not in ROLES
        ]
    return evaluators


def _no_role(role: str) -> str:
    return f"{role!r} is not a role{suggestion(role, ROLES) or ': the roles are in docs/guides/configuration.md'}"


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
