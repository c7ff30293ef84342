"""What keeps a policy file from loading, for the tools that read files as their authors wrote them."""

from functools import cache

from app.policies import allowed, floor
from app.policy_files import FLOOR, PolicySource
from config.loading import load_library
from config.problems import ConfigErrors
from config.problems import Problem as FileProblem
from mapping.codes import CodeTable
from rules.floor import floor_problems
from rules.policy import PolicyErrors, read_floor, read_policy
from rules.reading import Problem


def refused(source: PolicySource) -> list[Problem]:
    """Return everything for which the file does not load, alone or over the floor; nothing when it does."""
    names = allowed(_codes())
    try:
        if source.stem == FLOOR.stem:
            read_floor(source.content, names)
            return []
        return floor_problems(read_policy(source.content, names), floor(_codes()))
    except PolicyErrors as errors:
        return list(errors.problems)


def refuse(source: PolicySource) -> None:
    """Raise ``ConfigErrors`` for a file that does not load."""
    if problems := refused(source):
        raise ConfigErrors(FileProblem(file=source.label, key=each.where, message=each.message) for each in problems)


@cache
def _codes() -> CodeTable:
    return load_library().national
