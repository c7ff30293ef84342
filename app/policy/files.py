"""Policy files as their authors wrote them: found by name or path, with the line of every key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.documents import read_document
from config.loading import SHIPPED
from config.overlays import overlaid
from config.places import Places
from config.problems import ConfigErrors, Findings, Problem, suggestion
from config.texts import read_text
from rules.doubts.raw import table, text

#: The file of rules that hold for every pupil, whatever a policy says.
FLOOR = SHIPPED / "floor.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySource:
    """One policy file: ``label`` is how it is named to a person, ``content`` the parsed TOML."""

    label: str
    path: Path
    text: str = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)
    places: Places = field(repr=False)

    @property
    def stem(self) -> str:
        """The file's name without .toml."""
        return self.path.stem

    @property
    def seed(self) -> str:
        """The prefix of the published rows that the file accounts for, empty for one that accounts for none."""
        return text(table(self.content, "policy"), "seed")

    def where(self, key: str) -> str:
        """Return ``FILE:LINE`` of a key."""
        return f"{self.label}:{self.places.line(key)}"


def find(names: Iterable[str], folder: Path | None) -> list[PolicySource]:
    """Return the files of some policies, each named by its path or by its name in the folder or as shipped.

    Raises ``ConfigErrors`` for one that is not there or is not TOML.
    """
    there = _paths(folder)
    missing = [name for name in names if not Path(name).is_file() and name not in there]
    if missing:
        raise ConfigErrors(
            Problem(file=name, key="", message=f"is no file and no policy{_choices(name, there)}") for name in missing
        )
    return _read(Path(name) if Path(name).is_file() else there[name] for name in names)


def everything(folder: Path | None) -> list[PolicySource]:
    """Return the floor and every policy that ships or that the operator's folder lays over. Raises ``ConfigErrors``."""
    return _read(path for path in (*_paths(folder).values(), FLOOR) if path.is_file())


def templates(folder: Path | None) -> list[Path]:
    """Return the folders of templates, the operator's own first."""
    return [path for each in (folder, SHIPPED) if each and (path := each / "templates").is_dir()]


def _paths(folder: Path | None) -> dict[str, Path]:
    # An empty folder beside the shipped one lays nothing over it.
    return {name: path for name, (path, _) in overlaid(SHIPPED, folder or SHIPPED, "policies", ".toml").items()} | (
        {"floor": FLOOR} if FLOOR.is_file() else {}
    )


def _choices(name: str, there: Iterable[str]) -> str:
    return suggestion(name, there) or f": choose from {', '.join(sorted(there))}"


def _read(paths: Iterable[Path]) -> list[PolicySource]:
    findings, found = Findings(), []
    for path in paths:
        label = _label(path)
        written, document = read_text(path, label, findings), read_document(path, label, findings)
        if written is not None and document is not None:
            places = Places(written)
            found.append(PolicySource(label=label, path=path, text=written, content=document.content, places=places))
    findings.raise_if_any()
    return found


def _label(path: Path) -> str:
    """Return a path as a person here would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
