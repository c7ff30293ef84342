"""``[safety]`` of relay.toml: which addresses there may be at all, trial or live, and how many notices are too many."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from config.checking import Complain
from config.fields import Email, Table, Text


def _domain(text: str) -> str:
    if "@" in text or "/" in text or ":" in text or "*" in text.removeprefix("*.") or "." not in text:
        raise ValueError('is not a domain: write "example.org", or "*.gov.uk" for every name below gov.uk')
    return text.lower().rstrip(".")


Domain = Annotated[str, AfterValidator(_domain)]


class Safety(Table):
    """What keeps messages from the wrong people. The counts are pupils and notices of one school on one day."""

    mode: Literal["live", "trial"] = Field("live", description='"live" or "trial"')
    allowed_domains: Annotated[tuple[Domain, ...], Field(strict=False)] = Field(
        (), description='the domains messages may go to, as ["example.org", "*.gov.uk"]'
    )
    trial_addresses: Annotated[tuple[Email, ...], Field(strict=False)] = Field(
        (), description="the email addresses that are reached in a trial"
    )
    trial_destinations: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        (), description="the ids of the destinations without addresses that are reached in a trial"
    )
    mass_share: float = Field(
        0.33, gt=0, le=1, strict=False, description="the share of a roll, as 0.33, above which new notices are held"
    )
    mass_notices: int = Field(
        60, ge=1, le=100_000, description="the number of new notices of a day above which they are held"
    )
    confirm_months: int = Field(
        12, ge=1, le=60, description="after how many months an address should be confirmed again"
    )

    @property
    def is_trial(self) -> bool:
        """Whether only named test addresses are reached."""
        return self.mode == "trial"

    def allows(self, host: str) -> bool:
        """Whether a host, or the domain of an address, may be sent to; this machine always may."""
        name = host.lower().rstrip(".")
        return not self.allowed_domains or _is_this_machine(name) or any(_fits(name, it) for it in self.allowed_domains)

    def reaches(self, destination: str, address: str) -> bool:
        """Whether a message may leave in the mode there is: in a trial, to what is named for it alone."""
        if not self.is_trial:
            return True
        named = {each.lower() for each in self.trial_addresses}
        return address.lower() in named if address else destination in self.trial_destinations


def domain_of(address: str) -> str:
    """Return what stands behind the ``@``."""
    return address.rpartition("@")[2]


def hosts_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the hosts that a destination's settings name as its receiver, by their key.

    A mail relay is not among them: it carries messages on, and the addresses behind it are looked at.
    """
    found = {"url": urlsplit(str(settings["url"])).hostname or ""} if "url" in settings else {}
    return found | ({"host": str(settings["host"])} if "host" in settings and "sender" not in settings else {})


def outside() -> str:
    """Say what is wrong with a host or an address that is not allowed."""
    return "is outside safety.allowed_domains of relay.toml: correct it, or add its domain there"


def check_safety(safety: Safety, destinations: Iterable[tuple[str, Any]], problem: Complain, warn: Complain) -> None:
    """Report destinations outside the allowed domains and trial destinations that do not exist."""
    there = dict(destinations)
    for key, destination in there.items():
        for name, host in hosts_of(destination.settings).items():
            if host and not safety.allows(host):
                problem(f"{key}.settings.{name}", outside())
    _check_trial(safety, {each.id for each in there.values()}, problem, warn)


def _check_trial(safety: Safety, ids: set[str], problem: Complain, warn: Complain) -> None:
    for number, name in enumerate(safety.trial_destinations, start=1):
        if name not in ids:
            problem(f"safety.trial_destinations[{number}]", "names no destination of this file")
    for number, address in enumerate(safety.trial_addresses, start=1):
        if not safety.allows(domain_of(address)):
            problem(f"safety.trial_addresses[{number}]", outside())
    if safety.is_trial and not (safety.trial_addresses or safety.trial_destinations):
        warn("safety", "is a trial that reaches nobody: name trial_addresses or trial_destinations")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _fits(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
