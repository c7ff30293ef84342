"""``outbox``: what waits, what was sent, what nobody takes, and what a person does about it. Ids only."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from app import console
from app.commands.common import FAILED, AsJson, Config, Misused, opened
from app.commands.people import say
from app.people import messages
from app.people.answers import Answer
from app.people.messages import Word
from app.wiring import Relay
from mapping.school_days import LONDON
from outbox.messages import State
from store.overview import Wanted

outbox = typer.Typer(help="Messages: what waits, what was sent, what nobody takes.", no_args_is_help=True)


_CLOCKS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
By = Annotated[str, typer.Option("--by", help="Who asks for it: a role, as admin or head_of_provision.")]
Note = Annotated[str, typer.Option("--note", help="Why. It is kept with the message.")]
Since = Annotated[
    datetime | None, typer.Option(formats=_CLOCKS, help="Settled (or made) from then on, clocks in England.")
]
Until = Annotated[datetime | None, typer.Option(formats=_CLOCKS, help="Settled (or made) before then.")]
Destination = Annotated[str | None, typer.Option("--destination", help="Only to this destination.")]
Kind = Annotated[str | None, typer.Option("--kind", help="Only this kind, as feed or notice.referral.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, beginnings of ids, or references as A7C3-K9MP.")]
MaybeIds = Annotated[
    list[str] | None, typer.Argument(metavar="ID…", help="Ids, beginnings of ids, or references as A7C3-K9MP.")
]


@outbox.command("list")
def list_messages(
    config: Config = None,
    *,
    state: Annotated[list[State] | None, typer.Option("--state", help="Only this state; may be repeated.")] = None,
    destination: Destination = None,
    kind: Kind = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the latest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages, the latest first. Ids only, never what they say or to which address they go."""
    wanted = Wanted(
        states=tuple(each.value for each in state or ()),
        destination=destination,
        kind=kind,
        since=_instant(since),
        until=_instant(until),
    )
    with opened(config, as_json=as_json) as relay:
        rows = messages.listed(relay, wanted, limit=limit)
    if as_json:
        console.print_json({"messages": rows})
    else:
        console.show_table("messages", rows)
        console.out.print(f"{len(rows)} shown")


@outbox.command("show")
def show_message(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="An id, its beginning, or a reference.")],
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show one message: when, where to, how large, every attempt, what people did. Not what it says."""
    with opened(config, as_json=as_json) as relay:
        [one] = _identified(relay, [message_id])
        if isinstance(one, Answer):
            say(one, as_json=as_json)
            return
        found = messages.shown(relay, one)
    if as_json:
        console.print_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    lists = {name: value for name, value in found.items() if isinstance(value, list)}
    for name, value in found.items():
        if name not in lists and value not in (None, "", False):
            console.out.print(f"{name.replace('_', ' ')}: {value}", markup=False)
    for name, rows in lists.items():
        console.show_table(name, rows)


@outbox.command("replay")
def replay_messages(  # noqa: PLR0913 - a command line's options, each named
    ids: MaybeIds = None,
    config: Config = None,
    *,
    by: By,
    note: Note = "",
    dead: Annotated[bool, typer.Option("--dead", help="Every dead letter of --destination.")] = False,
    destination: Destination = None,
    kind: Kind = None,
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send messages again, the same ids and bytes: some ids, every dead letter of a destination, or a stretch of time.

    A stretch of time (--since and --until) sends what was delivered in it too, for a receiver that has lost it.
    """
    with opened(config, as_json=as_json) as relay:
        if ids:
            chosen = _identified(relay, ids)
        else:
            states = ("dead",) if dead else messages.REPLAYABLE
            wanted = _checked(
                Wanted(states=states, destination=destination, kind=kind, since=_instant(since), until=_instant(until))
            )
            chosen = list(messages.replayable(relay, wanted))
        known = [each for each in chosen if isinstance(each, str)]
        answers = [each for each in chosen if isinstance(each, Answer)]
        if dry_run:
            answers += messages.would_replay(relay, known)
        else:
            answers += messages.replay(relay, known, Word(by=_named(by), note=note))
    _say_all(answers, "would be sent again" if dry_run else "sent again", as_json=as_json)


def _checked(wanted: Wanted) -> Wanted:
    """Return what is to be replayed, if the command line says enough of it."""
    if wanted.states == ("dead",):
        if wanted.destination is None:
            raise Misused("--dead: name the destination whose dead letters are sent again with --destination")
    elif wanted.since is None or wanted.until is None:
        raise Misused("say which messages: their ids, --dead --destination NAME, or --since TIME --until TIME")
    return wanted


@outbox.command("cancel")
def cancel_messages(
    ids: Ids,
    config: Config = None,
    *,
    by: By,
    note: Note,
    as_json: AsJson = False,
) -> None:
    """Withdraw messages that have not left, and put dead letters aside; the reason is kept."""
    with opened(config, as_json=as_json) as relay:
        chosen = _identified(relay, ids)
        known = [each for each in chosen if isinstance(each, str)]
        answers = [each for each in chosen if isinstance(each, Answer)]
        answers += messages.cancel(relay, known, Word(by=_named(by), note=_reason(note)))
    _say_all(answers, "cancelled", as_json=as_json)


@outbox.command("resume")
def resume_destination(
    destination: Annotated[str, typer.Argument(metavar="DESTINATION", help="Its id in relay.toml.")],
    config: Config = None,
    *,
    by: By,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Let a paused destination take its messages at once, because its fault is mended."""
    with opened(config, as_json=as_json) as relay:
        answer = messages.resume(relay, destination, Word(by=_named(by), note=note))
    say(answer, as_json=as_json)


@outbox.command("restored")
def database_was_restored(
    config: Config = None,
    *,
    by: By,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Say that the database was restored together with its log of what was sent: everything pending then waits.

    Where the log was left in place this is not needed: what was sent since the backup is read from it.
    """
    with opened(config, as_json=as_json) as relay:
        answer = messages.restored(relay, Word(by=_named(by), note=note))
    say(answer, as_json=as_json)


def _identified(relay: Relay, names: Iterable[str]) -> list[str | Answer]:
    """Return each message once, in the order of the command line."""
    return list(dict.fromkeys(messages.identified(relay, name) for name in names))


def _instant(given: datetime | None) -> datetime | None:
    """Take a time as the clocks in England show it."""
    return given.replace(tzinfo=LONDON) if given else None


def _named(by: str) -> str:
    if not by.strip():
        raise Misused("--by: say who asks for it: a role, as admin or head_of_provision")
    return by.strip()


def _reason(note: str) -> str:
    if not note.strip():
        raise Misused("--note: say why: it is kept with the message")
    return note.strip()


def _say_all(answers: list[Answer], what: str, *, as_json: bool) -> None:
    total = messages.summed(answers, what)
    if as_json:
        console.print_json(
            {"is_ok": total.is_ok, "sentence": total.sentence, "messages": [asdict(each) for each in answers]}
        )
    else:
        for each in answers:
            (console.out if each.is_ok else console.err).print(each.sentence, markup=False)
        console.out.print(total.sentence, markup=False)
    if not total.is_ok:
        raise typer.Exit(FAILED)
