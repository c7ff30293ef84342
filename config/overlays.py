"""What ships with the relay and what an operator lays over it, by file name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from config.checking import parse
from config.documents import read_document
from config.fields import LaCode, Table, Text
from config.problems import Findings

#: Folders of an operator that are laid over the shipped ones of the same name.
FOLDERS = ("codes", "policies", "authorities", "profiles", "layouts", "templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """One policy as parsed TOML; what it means is checked where rules are compiled."""

    name: str
    path: Path
    content: Mapping[str, Any] = field(repr=False)


def _yes_no_unknown(value: Any) -> Any:
    if value not in {True, False, "unknown"}:
        raise ValueError('must be true, false or "unknown"')
    return value


class Authority(Table):
    """How one local authority takes what the relay must tell it. Values and their sources: authorities/NAME.toml."""

    la_code: LaCode = Field(description="the authority's code of 3 digits")
    name: Text = Field(description="the authority's name")
    ten_day_label: Text = Field(description="what a notice of ten days' unexplained absence is called there")
    ten_day_route: Literal["cme", "attendance"] = Field(description='"cme" or "attendance": the team that takes it')
    cme_accepts_enrolled: Annotated[bool | Literal["unknown"], BeforeValidator(_yes_no_unknown)] = Field(
        description='whether its missing-education team takes a child who is on a school roll: true, false or "unknown"'
    )
    referral_approval: Literal["standing", "each"] = Field(
        description='"standing" (sent at once) or "each" (a person approves each one first)'
    )
    ten_day_contact: Text | None = Field(
        None, description="the address (or destination) in contacts.csv of the team that takes it; all, if left out"
    )
    deadline: Literal["same_school_day", "next_school_day"] = Field(description="by when it must have left")


def overlaid(shipped: Path, folder: Path, kind: str, suffix: str) -> dict[str, tuple[Path, str]]:
    """Return every file of a kind by its stem with its name for messages, the operator's before the shipped one."""
    found = {path.stem: (path, f"shipped {kind}/{path.name}") for path in _files(shipped / kind, suffix)}
    found |= {path.stem: (path, f"{kind}/{path.name}") for path in _files(folder / kind, suffix)}
    return dict(sorted(found.items()))


def _files(folder: Path, suffix: str) -> Iterable[Path]:
    return sorted(folder.glob(f"*{suffix}"))


def read_documents(files: Mapping[str, tuple[Path, str]], findings: Findings) -> dict[str, dict[str, Any]]:
    """Return the parsed TOML of each file; empty for one that is not TOML, which is among the findings."""
    documents = {stem: read_document(path, name, findings) for stem, (path, name) in files.items()}
    return {stem: document.content if document else {} for stem, document in documents.items()}


def read_policies(files: Mapping[str, tuple[Path, str]], findings: Findings) -> dict[str, PolicyFile]:
    """Return each policy by its file's stem."""
    contents = read_documents(files, findings)
    return {stem: PolicyFile(name=stem, path=files[stem][0], content=content) for stem, content in contents.items()}


def read_authorities(files: Mapping[str, tuple[Path, str]], findings: Findings) -> dict[str, Authority]:
    """Return each authority's profile by its code."""
    authorities: dict[str, Authority] = {}
    for path, name in files.values():
        document = read_document(path, name, findings)
        authority = parse(Authority, document.content, document.problem) if document else None
        if document is None or authority is None:
            continue
        if authority.ten_day_route == "cme" and authority.cme_accepts_enrolled is False:
            document.problem("ten_day_route", 'is "cme", but cme_accepts_enrolled is false: make it "attendance"')
        if authority.la_code in authorities:
            document.problem("la_code", f"has a profile already, of {authorities[authority.la_code].name}: keep one")
        authorities.setdefault(authority.la_code, authority)
    return authorities
