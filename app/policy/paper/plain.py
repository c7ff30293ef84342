"""The paper on a terminal: tables that stay readable at 80 columns."""

from collections.abc import Iterable

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from app.policy.paper.model import SIGNERS, Act, Line, Paper, Section

#: A pipe has no width of its own, and a wider table is not a better one.
NARROWEST, WIDEST = 80, 120


def show(paper: Paper, console: Console) -> None:
    """Print the whole paper."""
    width = max(NARROWEST, min(console.width if console.is_terminal else NARROWEST, WIDEST))
    for part in _parts(paper):
        console.print(part, width=width, soft_wrap=False)


def _parts(paper: Paper) -> Iterable[RenderableType]:
    yield Text(paper.title, style="bold")
    yield _pairs(paper.facts)
    for section in paper.sections:
        yield _headed(section.title, section.note)
        yield _rules(section)
    yield from _listed("For all rules", paper.standing)
    yield from _listed("By people alone", paper.people)
    yield from _listed("Carried out without a rule", paper.otherwise)
    if paper.choices:
        yield _headed("What the published text leaves open, and what is chosen", "")
        yield _choices(paper)
    yield from _listed("Who is who", paper.roles)
    yield from _listed("What the words mean", paper.definitions)
    yield _headed("Agreed", "")
    for who in SIGNERS:
        yield Text(f"\n{who} {'.' * (34 - len(who))}  Name ...............  Date ...........")


def _headed(title: str, note: str) -> Text:
    heading = Text("\n").append(title, style="bold")
    return heading.append(f" ({note})") if note else heading


def _listed(title: str, pairs: tuple[tuple[str, str], ...]) -> Iterable[RenderableType]:
    if pairs:
        yield _headed(title, "")
        yield _pairs(pairs)


def _pairs(pairs: tuple[tuple[str, str], ...]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(max_width=26)
    table.add_column(ratio=1)
    for name, said in pairs:
        table.add_row(escape(name), escape(said))
    return table


def _choices(paper: Paper) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, show_lines=False, padding=(0, 1, 1, 0))
    for title, ratio in (("No", 3), ("Question", 18), ("Chosen here", 24)):
        table.add_column(title, ratio=ratio)
    for choice in paper.choices:
        table.add_row(choice.number, escape(choice.question), escape(choice.chosen))
    return table


def _rules(section: Section) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, padding=(0, 1, 0, 0), show_lines=True)
    table.add_column("When", ratio=24)
    table.add_column(_acts([("What happens", "Who", "By when")]), ratio=49)
    table.add_column("Rows", ratio=7, overflow="fold")
    for line in section.lines:
        table.add_row(_when(line), _acts((_what(act), act.who, act.by_when) for act in line.acts), "\n".join(line.rows))
    return table


def _when(line: Line) -> Text:
    return Text(line.when).append("".join(f"\n{limit}" for limit in line.limits), style="italic")


def _what(act: Act) -> Text:
    return Text(act.what).append(f" [{act.kind}]", style="dim")


def _acts(rows: Iterable[tuple[str | Text, str, str]]) -> Table:
    """Return a table inside the table, so that what a rule asks for stands side by side however long it is."""
    table = Table(box=None, show_header=False, expand=True, pad_edge=False, padding=(0, 1, 0, 0))
    for ratio in (27, 13, 10):
        table.add_column(ratio=ratio)
    for row in rows:
        table.add_row(*row)
    return table
