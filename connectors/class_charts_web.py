"""Class Charts as a parent sees it: an unofficial source, refused unless the operator accepts that in writing.

Only the makers of unofficial clients have described this interface; the vendor documents nothing of it. It needs a
parent's own password, shows that family's pupils alone and tells no UPN (``docs/guides/platforms/class-charts.md``).
"""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.base import Finding, Malformed, PullFailed, Refusal, Rejected, Surroundings, Window
from connectors.class_charts_days import Days
from connectors.class_charts_sign_in import SignIn
from connectors.class_charts_words import ATTENDANCE, PUPILS, Pupil
from connectors.http import Client
from connectors.offered import Offered, offered
from connectors.settings import PlatformSettings
from mapping.model import Pulled, SourceRow

_ATTENDANCE, _PUPILS = "/apiv2parent/attendance/", "/apiv2parent/pupils"


class Settings(PlatformSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one family's sign-in; without ``accept_unofficial`` it is refused."""

    username: str
    password: str
    accept_unofficial: bool = False
    address: str = "https://www.classcharts.com"


@dataclass(frozen=True, slots=True)
class WebConnector:
    """The pupils of one sign-in."""

    client: Client
    sign_in: SignIn
    surroundings: Surroundings

    def pull(self, window: Window, *, seen: Callable[[int], object]) -> Pulled:
        """Return the AM and PM marks of the sign-in's pupils; never whole, for a family is not the school."""
        as_of = self.surroundings.now()
        self.sign_in.begin()
        displayed, remarks = self._pupils()
        days = Days(window, seen)
        asked = {"from": window.first.isoformat(), "to": window.last.isoformat()}
        for pupil in displayed:
            days.take(str(pupil.id), self.sign_in.ask(f"{_ATTENDANCE}{pupil.id}", ATTENDANCE, asked).days())
        if not days.count:
            raise Malformed(
                f"{self.client.host} shows no session of any pupil, as after a sign-in that went through a page for "
                "people: that is never read as an empty register; sign in once in a browser, then pull again"
            )
        return Pulled(
            marks=tuple(days.marks),
            first=window.first,
            last=window.last,
            unreadable=tuple(days.unreadable),
            remarks=(*remarks, *days.remarks()),
            source_as_of=as_of,
            sessions=dict(days.sessions),
        )

    def committed(self) -> None:
        """Nothing to do: the same days may be asked for again."""

    def check(self) -> tuple[Finding, ...]:
        """Sign in and list the pupils."""
        self.sign_in.begin()
        try:
            displayed, remarks = self._pupils()
        except PullFailed as problem:
            return (Finding(subject="sign-in", ok=False, message=str(problem)),)
        told = f"{len(displayed)} pupils can be read, by an unofficial interface; their ids need placements.csv"
        found = Finding(subject="sign-in", ok=True, message=told)
        return (found, *(Finding(subject=row.where, ok=False, message=row.reason) for row in remarks))

    def discover(self, window: Window, *, seen: Callable[[int], object]) -> Offered:
        """Return what the pupils' days show."""
        return offered(self.pull(window, seen=seen))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def _pupils(self) -> tuple[list[Pupil], list[SourceRow]]:
        """Return the pupils whose attendance the school displays, and a remark for each of the others."""
        pupils = self.sign_in.ask(_PUPILS, PUPILS).data
        if not pupils:
            raise Malformed(f"{self.client.host} names no pupil for this sign-in: sign in once in a browser and look")
        displayed = [pupil for pupil in pupils if pupil.display_attendance]
        if not displayed:
            raise Rejected(
                "the school does not display attendance to families: that is its setting and no fault; ask the school",
                refusal=Refusal.PERMISSION,
            )
        reason = "the school does not display this pupil's attendance: that is its setting and no fault; ask the school"
        hidden = [pupil for pupil in pupils if not pupil.display_attendance]
        return displayed, [SourceRow(where=f"pupil {each.id}", reason=reason) for each in hidden]


def connect(settings: Settings, surroundings: Surroundings) -> WebConnector:
    """Set a sign-in up without signing in; raises ``ValueError`` for a bad address, and unless it is accepted."""
    if not settings.accept_unofficial:
        raise ValueError(
            "accept_unofficial: this source is unofficial and needs a parent's own password, which we advise against; "
            "write accept_unofficial = true only where the school and the parent have agreed to it"
        )
    client = Client(settings.address, surroundings)
    sign_in = SignIn(client, settings.username, settings.password, surroundings.monotonic)
    return WebConnector(client, sign_in, surroundings)
