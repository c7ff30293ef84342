"""What every command shares: its options, how it opens the relay, and how it says what an admin can mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app import console, reading, scheduler, wiring
from app.reading import Site
from app.wiring import Relay
from config.problems import ConfigErrors
from config.settings import Settings, read_settings
from store.database import StoreError

FAILED, MISCONFIGURED = 1, 2

Config = Annotated[Path | None, typer.Option("--config", help="The operator's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
School = Annotated[list[str] | None, typer.Option("--school", help="Only this school; may be given more than once.")]


@dataclass(frozen=True, slots=True)
class Misused(Exception):  # noqa: N818 - what happened
    """The command line names something that is not there."""

    sentence: str


@contextmanager
def told(*, as_json: bool = False) -> Iterator[None]:
    """Turn what an admin can mend into one line each and exit 2."""
    try:
        yield
    except ConfigErrors as errors:
        _say_problems([str(problem) for problem in errors.problems], as_json=as_json)
    except (StoreError, scheduler.AlreadyRunning, wiring.Unusable) as problem:
        _say_problems([str(problem)], as_json=as_json)
    except Misused as problem:
        _say_problems([problem.sentence], as_json=as_json)


def _say_problems(problems: list[str], *, as_json: bool) -> None:
    if as_json:
        console.print_json({"problems": problems})
    for problem in problems:
        console.err.print(problem, markup=False)
    raise typer.Exit(MISCONFIGURED)


@contextmanager
def opened(config: Path | None, *, as_json: bool = False) -> Iterator[Relay]:
    """Open the relay of an operator's folder for one command."""
    with told(as_json=as_json):
        settings = settings_of(config)
        with wiring.open_relay(reading.read(settings), settings) as relay:
            yield relay


def settings_of(config: Path | None) -> Settings:
    """Read the settings and set up logging as they say."""
    settings = read_settings(config=config)
    console.set_up_logging(settings.log_format)
    return settings


def sites_of(relay: Relay, names: list[str] | None) -> list[Site]:
    """Return the schools that the command line names, or all; raises ``Misused`` for one that is not there."""
    unknown = sorted(set(names or ()) - relay.sites.keys())
    if unknown:
        known = ", ".join(sorted(relay.sites))
        raise Misused(f"--school {unknown[0]}: there is no such school in relay.toml; there are {known}")
    return [site for site in relay.sites.values() if not names or site.id in names]
