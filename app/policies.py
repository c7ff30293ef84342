"""Policies as the engine wants them, of the library or of any file; mistakes are said with their place in the file."""

from pathlib import Path

from config.documents import read_document
from config.operators import Library
from config.overlays import PolicyFile
from config.problems import ConfigErrors, Findings, Problem, suggestion
from rules.policy import Policy, PolicyErrors, read_policy


def load(library: Library, name: str) -> Policy:
    """Return a policy of the library by its id. Raises ``ConfigErrors``, also where there is none of that name."""
    if name not in library.policies:
        there = suggestion(name, library.policies) or f": there are {', '.join(sorted(library.policies))}"
        raise ConfigErrors([Problem(file=name, key="", message=f"names no policy{there}")])
    return _read(library.policies[name], f"policies/{name}.toml", library)


def load_file(path: Path, library: Library) -> Policy:
    """Return the policy of a file anywhere. Raises ``ConfigErrors``."""
    if not path.exists():
        message = "is not there: name a policy that ships, or a file"
        raise ConfigErrors([Problem(file=str(path), key="", message=message)])
    findings = Findings()
    document = read_document(path, str(path), findings)
    findings.raise_if_any()
    assert document is not None  # what cannot be read is a problem
    return _read(PolicyFile(name=path.stem, path=path, content=document.content), str(path), library)


def _read(file: PolicyFile, name: str, library: Library) -> Policy:
    try:
        return read_policy(file.content, library.national)
    except PolicyErrors as errors:
        raise ConfigErrors(
            Problem(file=name, key=each.where, message=each.message) for each in errors.problems
        ) from None
