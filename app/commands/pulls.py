"""How a pull is shown on a terminal."""

from collections.abc import Iterable

from app import console
from app.pulling import SchoolPull


def show_pulls(pulls: Iterable[SchoolPull]) -> None:
    """Print a line for each school that was pulled, and above it what a person should know of its answer."""
    for each in pulls:
        for remark in _remarks(each):
            console.err.print(f"{each.school}: {remark}", markup=False)
        if not each.problem:
            counts = f"{each.read} read, {each.new} new, {each.amended} amended, {each.quarantined} quarantined"
            console.out.print(f"{each.school}: {counts}", markup=False)


def _remarks(pulled: SchoolPull) -> Iterable[str]:
    yield from pulled.remarks
    if pulled.stale_since:
        yield f"the platform shows only what it had on {pulled.stale_since:%a %-d %b at %H:%M} UTC: ask its support"
    yield from map(str, pulled.untaken)
