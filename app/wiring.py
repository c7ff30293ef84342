"""Puts what was read of an operator's folder together with platforms, channels and the store."""

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

import httpx

from app.reading import Checked, Site, read
from app.routing import COLUMNS
from app.safety.guard import GuardedChannel
from config.operators import Operator
from config.placements import Placement
from config.problems import ConfigErrors, Problem
from config.settings import Settings
from connectors import base as platforms
from connectors.registry import PLATFORMS
from outbox.channels import base as channels
from outbox.channels.registry import CHANNELS
from outbox.emails import Templates, templates
from outbox.encryption import Seal
from store.database import Store
from store.sent_log import SentLog


class Unusable(RuntimeError):  # noqa: N818 - a fact about a folder
    """A folder cannot serve as what the command wants of it; the sentence says which one would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the relay takes from outside: the clock (aware UTC), waiting, and in tests another way to carry HTTP."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, kw_only=True)
class Relay:
    """Everything one run works with. ``key`` makes message and record ids; it stays in the database."""

    operator: Operator
    sites: Mapping[str, Site]
    store: Store
    sent_log: SentLog
    key: bytes = field(repr=False)
    surroundings: Surroundings
    platform_settings: Mapping[str, Any] = field(repr=False)
    channel_settings: Mapping[str, Any] = field(repr=False)
    seals: Mapping[str, Seal] = field(default_factory=dict)
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
            kept=self.store.runs.kept_of(f"connector/{site.id}"),
            national=self.operator.library.national,
        )
        connector = PLATFORMS[site.school.platform].connect(self.platform_settings[site.id], around)
        self._open.callback(connector.close)
        self._connectors[site.id] = connector
        return connector

    @cached_property
    def channels(self) -> dict[str, channels.Channel]:
        """Return every destination's channel, opened when the first message needs one, each under its guard."""
        around = channels.Surroundings(clock=self.surroundings.now, transport=self.surroundings.transport)
        opened = {
            destination.id: CHANNELS[destination.channel].open(self.channel_settings[destination.id], around)
            for destination in self.operator.destinations
        }
        for channel in opened.values():
            self._open.callback(channel.close)
        return {
            name: GuardedChannel(inner=channel, operator=self.operator, clock=self.surroundings.now)
            for name, channel in opened.items()
        }

    @cached_property
    def templates(self) -> Templates:
        """Return the templates of what people read, the operator's own before the shipped ones."""
        return templates(*self.operator.library.template_folders)

    def sealed(self, destination: str, content_type: str, payload: bytes) -> tuple[str, bytes]:
        """Return what travels as one file as its destination is to get it: encrypted, where that was asked for."""
        seal = self.seals.get(destination)
        return (seal.sealed_type(content_type), seal.close(payload)) if seal else (content_type, payload)

    @cached_property
    def routing(self) -> Mapping[str, str]:
        """Return a digest, by school, of everything in the files that says who is told."""
        operator = self.operator
        shared = (
            [each.model_dump(exclude={"settings"}) for each in operator.destinations],
            [each.model_dump() for each in operator.contacts],
            operator.safety,
        )
        return {
            site: _digest(shared, [_routing_of(placement) for placement in operator.placements_of(site)])
            for site in self.sites
        }

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


def _routing_of(placement: Placement) -> tuple[object, ...]:
    dates = (placement.pupil_id, placement.start_date, placement.end_date)
    return (*dates, *(getattr(placement, column) for column in COLUMNS))


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def open_relay(checked: Checked, settings: Settings, surroundings: Surroundings | None = None) -> Relay:
    """Open the database and put the relay together. Raises ``StoreError`` when the file cannot be used."""
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database)
    relay = Relay(
        operator=checked.operator,
        sites=checked.sites,
        store=store,
        sent_log=SentLog(settings.sent_log),
        key=store.installation_key(),
        surroundings=surroundings or Surroundings(),
        platform_settings=checked.platform_settings,
        channel_settings=checked.channel_settings,
        seals=checked.seals,
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
        seals=checked.seals,
        _open=ExitStack(),
        _connectors={},
    )
    if problems := _unfit_channels(again):
        again.disconnect()
        raise ConfigErrors(problems)
    relay.disconnect()
    return again
