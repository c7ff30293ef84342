"""Arbor's GraphQL: one question, its envelope, and all pages of an entity.

Field names follow Arbor's own SDK; paging and arguments follow clients seen in public. Nothing of the query
language is documented publicly by the vendor, so every answer is doubted (``docs/guides/platforms/arbor.md``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, NoReturn

import msgspec

from connectors.arbor_ids import R, SeenIds
from connectors.base import Malformed, Refusal, Rejected
from connectors.http import Answer, Client, failure

PATH = "/graphql/query"
#: An error of GraphQL may come with one of these statuses and says more than they do.
READABLE = frozenset({400, 403, 422})
_REFUSAL = re.compile(r"permission|access|allowed|authori[sz]ed|forbidden|denied|cannot query field", re.IGNORECASE)


class Status(msgspec.Struct):
    """The status some answers carry in the body; it overrules the HTTP status, which stays 200."""

    code: int | None = None
    success: bool | None = None


class _Error(msgspec.Struct):
    message: str = ""
    path: list[str | int] = []


class Reply(msgspec.Struct, Generic[R]):
    """The envelope of an answer: rows by entity name, and the two places in which a failure may hide."""

    data: dict[str, list[R] | None] | None = None
    errors: list[_Error] | None = None
    response: Status | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Entity(Generic[R]):
    """One entity, the fields asked of it in GraphQL, and how its rows are read."""

    name: str
    fields: str
    decoder: msgspec.json.Decoder[Reply[R]]

    def names(self) -> list[str]:
        """Return every entity and property the question touches, as a permission would name them."""
        properties = re.findall(r"\w+", self.fields)
        return [self.name, *properties, *map(_entity_of, properties)]

    def leaves(self) -> Iterator[tuple[str, str]]:
        """Yield each property as ``Entity property`` with the fields that ask for it alone, beside the id."""
        path: list[str] = []
        words = re.findall(r"\w+|[{}]", self.fields)
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if word == "}":
                path.pop()
            elif following == "{":
                path.append(word)
            elif word not in {"{", "id"} or (path and word == "id"):
                name = f"{_entity_of(path[-1]) if path else self.name} {word}"
                yield name, f"id {' { '.join([*path, word])}{' }' * len(path)}"


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page that no earlier page held.

    ``repeated`` counts those left out because they had come before: the pages moved while they were read.
    """

    number: int
    rows: list[R]
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Arbor:
    """One school's Arbor, asked page by page and never two pages at once: it throttles hard."""

    client: Client
    page_size: int
    max_pages: int

    def pages(self, entity: Entity[R], where: str = "") -> Iterator[Page[R]]:
        """Yield all pages from 0 on; ``where`` are further GraphQL arguments.

        The last page is one without a new id, or one shorter than the first. Not "shorter than asked for": a
        server may cap the size, and stopping there would lose the rest in silence.
        """
        ids = SeenIds()
        full = 1
        for number in range(self.max_pages):
            rows, moved = self._ask(entity, self._paged(number, where)), 0
            fresh = ids.new(rows)
            if is_first_again := number == 1 and bool(rows) and not fresh:
                # One that counts from 1 does this however often it is asked; any other had rows on the move.
                moved, rows = len(rows), self._ask(entity, self._paged(number, where))
                fresh = ids.new(rows)
                is_first_again = not fresh
            # A server that repeats its last page for ever has not moved, if that page was short.
            is_echo = not fresh and (is_first_again or full < self.page_size)
            yield Page(number, fresh, 0 if is_echo else moved + len(rows) - len(fresh))
            if len(rows) < full or not (fresh or is_first_again):
                return
            full = len(rows)
        raise Malformed(f"{self.client.host} has more than {self.max_pages} pages of {entity.name}: ask for fewer days")

    def _paged(self, number: int, where: str) -> str:
        return f"page_num: {number}, page_size: {self.page_size}{where}"

    def probe(self, entity: Entity[R], fields: str = "") -> int:
        """Ask for one row, or for some of its fields, and return how many came; raises as a pull would."""
        return len(self._ask(entity, "page_num: 0, page_size: 1", fields))

    def _ask(self, entity: Entity[R], arguments: str, fields: str = "") -> list[R]:
        def read(answer: Answer) -> list[R]:
            return self._rows(entity, answer.json(entity.decoder), answer.status)

        query = f"{{ {entity.name}({arguments}) {{ {fields or entity.fields} }} }}"
        return self.client.post_json(PATH, msgspec.json.encode({"query": query}), read, readable=READABLE)

    def _rows(self, entity: Entity[R], reply: Reply[R], http_status: int) -> list[R]:
        if reply.errors:
            self._refuse(entity, reply.errors)
        for code in (http_status, *(status.code for status in (reply.response, reply.status) if status)):
            if code is not None and code >= 400:
                raise failure(code, self.client.host)
        rows = reply.data.get(entity.name) if reply.data else None
        if rows is None:
            raise Malformed(f"{self.client.host} answered without {entity.name}: that is no empty register")
        return rows

    def _refuse(self, entity: Entity[R], errors: list[_Error]) -> NoReturn:
        """Raise for a page with any error, though rows came with it: they may be a part of the truth."""
        refusals = [error for error in errors if _REFUSAL.search(error.message)]
        if not refusals:
            raise Malformed(f"{self.client.host} reports {len(errors)} errors for {entity.name}: ask Arbor's support")
        # Only our own words are repeated: the platform's text could hold anything.
        said = {word for error in refusals for word in [*re.findall(r"\w+", error.message), *map(str, error.path)]}
        named = list(dict.fromkeys(name for name in entity.names() if name in said))
        raise Rejected(
            f"{self.client.host} does not let this application read {' '.join(named) or entity.name}: "
            "ask the school to grant it where it approved the application",
            refusal=Refusal.PERMISSION,
        )


def _entity_of(field: str) -> str:
    return field[:1].upper() + field[1:]
