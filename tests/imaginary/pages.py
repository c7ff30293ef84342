"""A page as its reader meets it: commands with what they show, code to copy, links to follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Every page of the project, without what tools leave about.
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in {"demo-output", "build"} for part in path.relative_to(ROOT).parts)
)

_FENCE = re.compile(r"^```(\w*) ?(.*)$")
_BY_HAND = re.compile(r"^<!-- by hand: (.+) -->$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, what else its first line says (a file's name), and its text."""

    language: str
    about: str
    text: str


@dataclass(frozen=True)
class ByHand:
    """What the reader does with an editor, or the world without being asked."""

    what: str


@dataclass(frozen=True)
class Command:
    """One command of a console block: the line after ``$``, what it is said to show, and how it is said to exit."""

    line: str
    shown: tuple[str, ...]
    exit: int


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    return [each for each in _parts(page) if isinstance(each, Block)]


def steps(page: Path) -> list[ByHand | Command]:
    """Return what a reader of the page does, in order."""
    found: list[ByHand | Command] = []
    for part in _parts(page):
        if isinstance(part, ByHand):
            found.append(part)
        elif part.language == "console":
            found += _commands(part.text)
    return found


def links(page: Path) -> list[str]:
    """Return the targets of a page's links to other files and headings of the project."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [target for target in _LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a link's file is there, and the heading in it."""
    name, _, heading = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    return file.exists() and (not heading or heading in _anchors(file))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _parts(page: Path) -> Iterator[Block | ByHand]:
    lines = iter(page.read_text("utf-8").splitlines())
    for line in lines:
        if by_hand := _BY_HAND.match(line):
            yield ByHand(by_hand[1])
        elif fence := _FENCE.match(line):
            inside = []
            while (inner := next(lines)) != "```":
                inside.append(inner)
            yield Block(fence[1], fence[2], "\n".join(inside) + "\n")


def _commands(text: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *shown = part.splitlines()
        exits = [each for each in shown if each.startswith("# exit ")]
        said = tuple(each for each in shown if each not in exits)
        yield Command(line, said, int(exits[0].removeprefix("# exit ")) if exits else 0)
