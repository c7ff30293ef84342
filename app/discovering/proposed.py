"""A file proposed to an admin: shown as a difference, and written only where no file is."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from config.loading import SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a proposal starts from: a file of the operator's own, or a shipped one, or nothing."""

    name: str
    text: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The whole text of a file ``name`` below the operator's folder; ``then`` says what makes it count."""

    name: str
    text: str
    base: Base
    then: str

    @property
    def diff(self) -> str:
        """Return what would change, as a unified diff against what it starts from."""
        before = self.base.name if self.base.text else "/dev/null"
        lines = unified_diff(_lines(self.base.text), _lines(self.text), before, self.name, n=1)
        return "".join(lines)


def base_of(operator_folder: Path, kind: str, stem: str, suffix: str) -> Base:
    """Return the file that serves now: the operator's own before the shipped one of the same name."""
    name = f"{kind}/{stem}{suffix}"
    for folder, is_own in ((operator_folder, True), (SHIPPED, False)):
        if (path := folder / name).is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                return Base(name=name if is_own else f"shipped {name}", text=file.read(), is_own=is_own)
    return Base(name=name, text="", is_own=False)


def write(folder: Path, proposed: Iterable[Proposed]) -> list[Path]:
    """Write every proposal as a new file below a folder; raises ``FileExistsError`` and writes none where one is there.

    An operator's file is never replaced: what is in it somebody decided.
    """
    files = [(folder / each.name, each.text) for each in proposed]
    for path, _ in files:
        if path.exists():
            raise FileExistsError(str(path))
    for path, text in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    return [path for path, _ in files]


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").splitlines(keepends=True)
    return [line if line.endswith("\n") else f"{line}\n" for line in lines]
