"""What keeps a policy file from loading, for the tools that read files as their authors wrote them."""

from functools import cache

from app.policy.files import FLOOR, PolicySource
from app.policy.loading import allowed, over_floor
from config.loading import load_library
from config.problems import ConfigErrors
from config.problems import Problem as FileProblem
from mapping.codes import CodeTable
from rules.policy import Policy, PolicyErrors, read_floor
from rules.reading import Problem


def refused(source: PolicySource) -> list[Problem]:
    """Return everything for which the file does not load, alone or over the floor; nothing when it does."""
    try:
        _read(source)
    except PolicyErrors as errors:
        return list(errors.problems)
    return []


def loaded(source: PolicySource) -> Policy:
    """Return the policy of a file over the floor. Raises ``ConfigErrors`` when it does not load."""
    try:
        return _read(source)
    except PolicyErrors as errors:
        problems = [FileProblem(file=source.label, key=each.where, message=each.message) for each in errors.problems]
        raise ConfigErrors(problems) from None


def _read(source: PolicySource) -> Policy:
    if source.path.samefile(FLOOR):
        return read_floor(source.content, allowed(_codes()))
    return over_floor(source.content, _codes())


@cache
def _codes() -> CodeTable:
    return load_library().national
