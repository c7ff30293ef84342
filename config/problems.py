"""What is wrong with an operator's folder: each problem is one line that names the file, the key and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

#: What ``init`` writes where only the operator knows the value.
PLACEHOLDER = "CHANGE-ME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct, or (as a warning) to look at. Holds no secret and no pupil's name.

    ``key`` is a path in a TOML file (``school[1].calendar``, counted from one) or a place in a table
    (``row 4: upn``, the header being row 1). ``at`` orders problems as the file reads.
    """

    file: str
    key: str
    message: str
    at: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        """As it is printed: ``relay.toml: school[1].calendar: names no calendar: did you mean 'winter'?``."""
        return ": ".join(filter(None, (self.file, self.key, self.message)))


class ConfigErrors(Exception):  # noqa: N818 - it holds all of them
    """Nothing of the folder may be used: print ``problems`` one a line and correct them all."""

    def __init__(self, problems: Iterable[Problem], warnings: Iterable[Problem] = ()) -> None:
        """Keep both kinds, in the order in which the files read."""
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
        super().__init__("\n".join(map(str, self.problems)))


class Findings:
    """Collects problems and warnings while a folder is read.

    The first problem of a key stands: what else is wrong with it usually follows from that.
    """

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._problems: dict[tuple[str, str], Problem] = {}
        self._warnings: dict[tuple[str, str, str], Problem] = {}

    def opened(self, file: str) -> None:
        """Note that a file is being read: files are reported in this order."""
        self._files.setdefault(file, len(self._files))

    def problem(self, file: str, key: str, message: str, *, at: tuple[int, ...] = ()) -> None:
        """Add something that must be corrected before the folder can be used."""
        self.opened(file)
        self._problems.setdefault((file, key), Problem(file=file, key=key, message=message, at=at))

    def warn(self, file: str, key: str, message: str, *, at: tuple[int, ...] = ()) -> None:
        """Add something that a person should look at."""
        self.opened(file)
        self._warnings.setdefault((file, key, message), Problem(file=file, key=key, message=message, at=at))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the files and of their lines."""
        return self._sorted(self._problems.values())

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Every warning, in the same order."""
        return self._sorted(self._warnings.values())

    def raise_if_any(self) -> None:
        """Raise ``ConfigErrors`` when there is a problem; warnings alone stop nothing."""
        if self._problems:
            raise ConfigErrors(self.problems, self.warnings)

    def _sorted(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(sorted(problems, key=lambda problem: (self._files[problem.file], problem.at)))


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return ``: did you mean 'x'?`` for a name that is nearly a known one, or nothing."""
    near = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f": did you mean {near[0]!r}?" if near else ""
