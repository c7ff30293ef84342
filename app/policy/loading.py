"""Policies as they are carried out: read, checked against the names there are, and laid over the safeguarding floor."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from config.documents import read_document
from config.loading import SHIPPED
from config.models import ROLES
from config.operators import Library
from config.placements import FLAGS
from config.problems import ConfigErrors, Findings, Problem, suggestion
from config.templates_list import TEMPLATES
from mapping.codes import CodeTable
from rules.floor import floor_problems, with_floor
from rules.policy import Allowed, Policy, PolicyErrors, read_floor, read_policy


def load(library: Library, name: str) -> Policy:
    """Return a policy of the library by its id. Raises ``ConfigErrors``, also where there is none of that name."""
    if name not in library.policies:
        there = suggestion(name, library.policies) or f": there are {', '.join(sorted(library.policies))}"
        raise ConfigErrors([Problem(file=name, key="", message=f"names no policy{there}")])
    return _read(library.policies[name].content, f"policies/{name}.toml", library)


def load_content(content: Mapping[str, Any], name: str, library: Library) -> Policy:
    """Return a policy that was kept as parsed TOML. Raises ``ConfigErrors`` where it cannot be read any more."""
    return _read(content, f"policies/{name}.toml", library)


def load_file(path: Path, library: Library) -> Policy:
    """Return the policy of a file anywhere. Raises ``ConfigErrors``."""
    if not path.exists():
        message = "is not there: name a policy that ships, or a file"
        raise ConfigErrors([Problem(file=str(path), key="", message=message)])
    findings = Findings()
    document = read_document(path, str(path), findings)
    findings.raise_if_any()
    assert document is not None  # what cannot be read is a problem
    return _read(document.content, str(path), library)


def over_floor(content: Mapping[str, Any], codes: CodeTable) -> Policy:
    """Return the policy of parsed TOML with the floor under it. Raises ``PolicyErrors``."""
    policy, under = read_policy(content, allowed(codes)), floor(codes)
    if problems := floor_problems(policy, under):
        raise PolicyErrors(problems)
    return with_floor(policy, under)


def allowed(codes: CodeTable) -> Allowed:
    """Return the names that a policy may use."""
    return Allowed(codes=codes, roles=ROLES, flags=FLAGS, templates=TEMPLATES)


@cache
def floor(codes: CodeTable) -> Policy:
    """Return the safeguarding floor. It ships, and nothing can be laid over it."""
    findings = Findings()
    document = read_document(SHIPPED / "floor.toml", "shipped floor.toml", findings)
    assert document is not None  # a test reads it
    return read_floor(document.content, allowed(codes))


def _read(content: Mapping[str, Any], name: str, library: Library) -> Policy:
    try:
        return over_floor(content, library.national)
    except PolicyErrors as errors:
        problems = [Problem(file=name, key=each.where, message=each.message) for each in errors.problems]
        raise ConfigErrors(problems) from None
