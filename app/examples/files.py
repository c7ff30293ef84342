"""Files of worked examples: each with its policy, its calendar, and every mistake as a line that names the file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from app.examples.calendar import standard_calendar
from app.examples.model import Example, Setting
from app.examples.reading import read_examples
from app.policy import loading as policies
from config.calendars import calendar_of, read_bank_holidays
from config.documents import Document
from config.loading import SHIPPED, load_library
from config.models import ROLES
from config.operators import Library
from config.placements import FLAGS
from config.problems import ConfigErrors, Findings, Problem
from config.published import published_rows
from config.texts import read_text
from mapping.school_days import Calendar
from rules.evaluate import Evaluator
from rules.policy import Policy
from rules.recorded import RECORDED

FOLDER = SHIPPED / "policies" / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFile:
    """One file: the examples that can be run, on which engine, and what is wrong with the rest of it."""

    path: Path
    examples: tuple[Example, ...]
    evaluator: Evaluator | None
    problems: tuple[Problem, ...]


class Reader:
    """Reads files of examples against what ships; a policy is compiled once for all of them."""

    @cached_property
    def library(self) -> Library:
        """What ships."""
        return load_library()

    @cached_property
    def holidays(self) -> Mapping[date, str]:
        """England's bank holidays with their names."""
        return read_bank_holidays(SHIPPED / "bank_holidays.csv", Findings())

    def read(self, path: Path) -> ExampleFile:
        """Read one file; nothing is raised."""
        findings = Findings()
        data = _parsed(path, findings)
        if data is None:
            return ExampleFile(path=path, examples=(), evaluator=None, problems=findings.problems)
        policy = self._policy(data.get("policy"), path, findings)
        calendar = self._calendar(data.get("calendar"), path, findings)
        setting = Setting(
            calendar=calendar,
            codes=self.library.national,
            rows=_rows(policy) if policy else None,
            published=published_rows(),
            roles=ROLES,
            flags=FLAGS,
            events=RECORDED,
        )
        examples, wrong = read_examples(data, setting) if calendar.days else ([], [])
        problems = [Problem(file=str(path), key=each.where, message=each.message) for each in wrong]
        return ExampleFile(
            path=path,
            examples=tuple(examples),
            evaluator=Evaluator(policy, self.library.national) if policy else None,
            problems=(*findings.problems, *problems),
        )

    def _policy(self, name: object, path: Path, findings: Findings) -> Policy | None:
        if not isinstance(name, str) or not name.strip():
            return None  # the reader of the examples says so
        own = _own_policy(name, path)
        try:
            return policies.load_file(own, self.library) if own else policies.load(self.library, name)
        except ConfigErrors as errors:
            for each in errors.problems:
                where = ": ".join(filter(None, (each.file, each.key)))
                findings.problem(str(path), f"policy: {where}", each.message)
            return None

    def _calendar(self, data: object, path: Path, findings: Findings) -> Calendar:
        if data is None:
            return standard_calendar(self.holidays)
        if not isinstance(data, dict):
            findings.problem(str(path), "calendar", "must be a table with [[calendar.term]] and closed")
            return Calendar(())
        found = Findings()
        calendar = calendar_of(Document(str(path), data, found), self.holidays)
        for each in found.problems:
            findings.problem(each.file, f"calendar.{each.key}", each.message)
        return calendar


def _own_policy(name: str, path: Path) -> Path | None:
    """Return the policy file that is meant: by its path from the examples, or by its id in the folder over theirs."""
    if name.endswith(".toml"):
        return path.parent / name
    above = path.parent.parent / f"{name}.toml"
    return above if path.parent.name == FOLDER.name and above.exists() else None


def _parsed(path: Path, findings: Findings) -> dict[str, Any] | None:
    if not path.exists():
        findings.problem(str(path), "", "is not there: name a file of worked examples")
        return None
    text = read_text(path, str(path), findings)
    if text is None:
        return None
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as wrong:
        hint = r"; put marks in single quotes, for \ means something else in double ones" if "\\" in text else ""
        findings.problem(str(path), "", f"is not TOML ({str(wrong)[:1].lower()}{str(wrong)[1:]}){hint}")
        return None


def _rows(policy: Policy) -> frozenset[str]:
    rows = [each.rows for each in policy.rules]
    rows += [each.rows for each in policy.also_tell] + [each.rows for each in policy.covered]
    return frozenset(chain.from_iterable(rows))
