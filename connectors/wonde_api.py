"""Wonde's interface: a listing page by page through its cursor, its envelope, and what a refusal says.

``docs/guides/platforms/wonde.md`` says how sure we are of each thing. An answer of another shape is never believed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec

from connectors.base import Malformed
from connectors.http import Answer, Client, Read
from connectors.wonde_refusals import REFUSALS, NoSuchInclude, refusal, refused_include

R = TypeVar("R")
T = TypeVar("T")


class Pagination(msgspec.Struct):
    """Where the next page is; ``more`` says whether there is one."""

    next: str | None = None
    more: bool | None = None


class Meta(msgspec.Struct):
    """What comes beside the rows; no pagination at all where everything fits on one page."""

    pagination: Pagination | list[Any] | None = None


class Listing(msgspec.Struct, Generic[R]):
    """One page of rows. Wonde writes ``[]`` for an object with nothing in it."""

    data: list[R]
    meta: Meta | list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[R]):
    """One listing: its path under the school (or from the root), what it is for, and what is asked beside it."""

    path: str
    purpose: str
    decoder: msgspec.json.Decoder[Listing[R]]
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wonde:
    """One school's Wonde, asked page by page and never two pages at once.

    ``lost`` gathers the includes that were refused, by path: the answers lack what they would have brought.
    """

    client: Client
    school: str
    per_page: int
    max_pages: int
    lost: dict[str, list[str]] = field(default_factory=dict)

    def pages(self, endpoint: Endpoint[R], params: Mapping[str, str] | None = None) -> Iterator[list[R]]:
        """Yield the rows of all pages, the last being the one that names no next.

        Not page numbers: rows move between numbered pages while Wonde takes in what the MIS changed.
        """
        listing = self._first(endpoint, {"cursor": "true", "per_page": str(self.per_page)} | dict(params or {}))
        followed: set[str] = set()
        for _ in range(self.max_pages):
            yield listing.data
            if (after := self._next(listing, endpoint)) is None:
                return
            if after in followed:
                raise Malformed(f"{self.client.host} goes round in circles in {endpoint.path}: ask Wonde's support")
            followed.add(after)
            listing = self._only(self._ask(endpoint, after), endpoint)
        raise Malformed(
            f"{self.client.host} has more than {self.max_pages} pages of {endpoint.path}: ask for fewer days"
        )

    def probe(self, endpoint: Endpoint[R]) -> int:
        """Ask for one row, includes and all, and return how many came; raises as a pull would."""
        return len(self._first(endpoint, {"per_page": "1"}).data)

    def one(self, path: str, decoder: msgspec.json.Decoder[T], purpose: str) -> T | None:
        """Fetch one object, or nothing where there is none (404); raises as a listing does."""

        def read(answer: Answer) -> T | None:
            if answer.status == HTTPStatus.OK:
                return answer.json(decoder)
            if answer.status == HTTPStatus.NOT_FOUND:
                return None
            raise refusal(answer, purpose)

        return self._get(read, path)

    def under_school(self, path: str) -> str:
        """Return the whole path of what belongs to the school."""
        return path if path.startswith("/") else f"/v1.0/schools/{self.school}/{path}"

    def _first(self, endpoint: Endpoint[R], params: dict[str, str]) -> Listing[R]:
        wanted = [name for name in endpoint.includes if name not in self.lost.get(endpoint.path, ())]
        while wanted:
            answer = self._ask(endpoint, self.under_school(endpoint.path), params | {"include": ",".join(wanted)})
            if isinstance(answer, Listing):
                return answer
            gone = answer.name if answer.name in wanted else wanted[-1]
            wanted.remove(gone)
            self.lost.setdefault(endpoint.path, []).append(gone)
        return self._only(self._ask(endpoint, self.under_school(endpoint.path), params), endpoint)

    def _ask(
        self, endpoint: Endpoint[R], path: str, params: Mapping[str, str] | None = None
    ) -> Listing[R] | NoSuchInclude:
        def read(answer: Answer) -> Listing[R] | NoSuchInclude:
            return (
                answer.json(endpoint.decoder)
                if answer.status == HTTPStatus.OK
                else refused_include(answer, endpoint.purpose)
            )

        return self._get(read, path, params)

    def _get(self, read: Read[T], path: str, params: Mapping[str, str] | None = None) -> T:
        return self.client.get(read, path, params=params, accept="application/json", readable=REFUSALS)

    def _only(self, answer: Listing[R] | NoSuchInclude, endpoint: Endpoint[R]) -> Listing[R]:
        if isinstance(answer, NoSuchInclude):
            raise Malformed(f"{self.client.host} refuses an include of {endpoint.path} that was not asked for")
        return answer

    def _next(self, listing: Listing[R], endpoint: Endpoint[R]) -> str | None:
        pagination = listing.meta.pagination if isinstance(listing.meta, Meta) else None
        if not isinstance(pagination, Pagination):
            return None
        if pagination.more and not pagination.next:
            raise Malformed(f"{self.client.host} has more of {endpoint.path} and does not say where: ask its support")
        return pagination.next or None
