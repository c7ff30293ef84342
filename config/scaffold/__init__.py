"""What ``init`` writes: a commented configuration in which every value that only the operator knows is marked."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.problems import PLACEHOLDER, ConfigErrors, Problem

FILES = Path(__file__).parent / "files"
_TABLE = re.compile(r"^\s*\[+([\w.]+)\]+")
_UNFILLED = re.compile(rf'^(\s*)(\w+)(\s*=\s*)"{PLACEHOLDER}"')


@dataclass(frozen=True, slots=True)
class Question:
    """Something ``init`` can ask on a terminal; ``key`` is where in relay.toml the answer goes."""

    key: str
    ask: str


#: In the order in which a person is asked; every one may be left open.
QUESTIONS = (
    Question("provider.id", "A short id for the provider, as swift-learning"),
    Question("provider.name", "The provider's name"),
    Question("provider.contact_role", "The role a receiver can ask for, as Attendance lead"),
    Question("provider.contact_email", "An email address that is read every school day"),
    Question("provider.contact_phone", "A telephone number that is answered in school hours"),
    Question("school.id", "A short id for the first school or site, as coventry-site"),
    Question("school.name", "Its name"),
    Question("school.platform", "The platform its registers are in"),
    Question("school.policy", "The policy it follows"),
)


def write(folder: Path, answers: Mapping[str, str]) -> list[Path]:
    """Write the files into a new or empty folder, answers filled in, and return them in the order of reading.

    Raises ``ConfigErrors`` naming the folder when there is anything in it, and ``ValueError`` for an answer to a
    question that was never asked. Nothing is ever written over.
    """
    if unknown := set(answers) - {question.key for question in QUESTIONS}:
        raise ValueError(f"no question {', '.join(sorted(unknown))}: the keys are those of QUESTIONS")
    _refuse_taken(folder)
    written = []
    for source in sorted(path for path in FILES.rglob("*") if path.is_file()):
        text = source.read_text("utf-8")
        target = folder / source.relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write("".join(_filled(text.splitlines(keepends=True), answers)) if source.suffix == ".toml" else text)
        written.append(target)
    return written


def _refuse_taken(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        _refuse(folder, "is a file: name a new folder")
    if any(folder.iterdir()):
        _refuse(folder, "is not empty, and nothing is written over: name a new folder")


def _refuse(folder: Path, message: str) -> None:
    raise ConfigErrors([Problem(file=str(folder), key="", message=message)])


def _filled(lines: Iterable[str], answers: Mapping[str, str]) -> Iterator[str]:
    table = ""
    for line in lines:
        header, unfilled = _TABLE.match(line), _UNFILLED.match(line)
        table = header[1] if header else table
        answer = answers.get(f"{table}.{unfilled[2]}") if unfilled else None
        yield _answered(line, unfilled, answer) if unfilled and answer else line


def _answered(line: str, unfilled: re.Match[str], answer: str) -> str:
    # A JSON string is a TOML string, so an answer cannot break out of its quotes.
    return "".join(unfilled.groups()) + json.dumps(answer, ensure_ascii=False) + line[unfilled.end() :]
