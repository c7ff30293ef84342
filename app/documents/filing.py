"""Documents for people: listed with ids only, shown one at a time, and written into a folder to be checked and sent."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.people.answers import Answer, refused, those_there_are
from app.wiring import Relay
from store.documents import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of writing: files that are new, that were there as they are, and that a person has changed since."""

    new: tuple[str, ...]
    same: tuple[str, ...]
    changed: tuple[str, ...]


def listed(relay: Relay, *, schools: Collection[str], is_open: bool) -> list[dict[str, Any]]:
    """Return documents as plain values, ids only; those that wait to be sent, or all."""
    documents = relay.store.documents.open() if is_open else relay.store.documents.listed()
    return [
        {
            "id": each.id,
            "school": each.school,
            "pupil_id": each.pupil_id,
            "template": each.template,
            "title": each.title,
            "made_at": each.made_at,
            "state": each.state,
        }
        for each in documents
        if each.school in schools
    ]


def shown(relay: Relay, document_id: str, *, as_html: bool) -> str | Answer:
    """Return what a document says, with whatever names it holds; or why it cannot be shown."""
    document = relay.store.documents.get(document_id)
    if document is None:
        known = [each.id for each in relay.store.documents.open()]
        return refused(f"document {document_id}: there is no such document; {those_there_are('open document', known)}")
    if document.workbook is not None:
        return refused(f"document {document_id} is a workbook: run `attendance-relay documents write DIR` and open it")
    return document.html if as_html else document.text


def write(relay: Relay, folder: Path, *, schools: Collection[str]) -> Written:
    """Write the open documents into a folder, each once. A file that a person has changed is left as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    outcomes: dict[str, list[str]] = {"new": [], "same": [], "changed": []}
    for document in relay.store.documents.open():
        if document.school in schools:
            for name, content in _files(document):
                outcomes[_write(folder / name, content)].append(name)
    return Written(**{outcome: tuple(names) for outcome, names in outcomes.items()})


def _files(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each form of a document with a file name that tells nothing of whom it is about."""
    stem = f"{document.id}-{document.template}"
    if document.workbook is not None:
        yield f"{stem}.xlsx", document.workbook
        return
    yield f"{stem}.txt", document.text.encode()
    yield f"{stem}.html", document.html.encode()


def _write(path: Path, content: bytes) -> str:
    if path.exists():
        return "same" if path.read_bytes() == content else "changed"
    # Names are in it: nobody but the operator reads it. Under another name first, so that no half file is found.
    part = path.with_suffix(path.suffix + ".part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.rename(path)
    return "new"
