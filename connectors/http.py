"""The one HTTP client of the connectors: what may be asked, what is tried again, and what an answer must look like."""

import logging
import ssl
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec

from connectors.base import Malformed, Refusal, Rejected, Surroundings, Unavailable
from connectors.patience import retry_after, retrying
from wire.connections import Line, Watch

T = TypeVar("T")
Transport = httpx.BaseTransport
Auth = httpx.BasicAuth

#: One integrator reports that Arbor's firewall turns away agents that do not look like a browser's; this old form
#: ("compatible") passes for one and still says who is calling.
USER_AGENT = "Mozilla/5.0 (compatible; attendance-relay/0.1)"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_BODY = 256 * 1024 * 1024
MAX_REDIRECTS = 3
_TRY_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})

# At INFO httpx writes every URL with its query into the log; addresses of exports hold keys.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer whose status was good, its body still unread."""

    status: int
    content_type: str
    chunks: Iterator[bytes]
    host: str

    def json(self, decoder: msgspec.json.Decoder[T]) -> T:
        """Decode the body into the decoder's type; a login page, half a body or another shape is ``Malformed``."""
        body = b"".join(self.chunks)
        try:
            if "json" in self.content_type:
                return decoder.decode(body)
            problem = f"{self.content_type or 'no content type'} instead of JSON"
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = f"JSON of another shape: {_place(error)}"
        if self.status >= HTTPStatus.BAD_REQUEST:
            raise failure(self.status, self.host)
        raise Malformed(f"{self.host} answered with {problem}")


Read = Callable[[Answer], T]


class Client:
    """Requests to one host; every failure is one of ours, and no URL, secret or body stands in its text."""

    def __init__(
        self,
        address: str,
        surroundings: Surroundings,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        pause_seconds: float = 0.0,
    ) -> None:
        """Raise ``ValueError`` unless the address is https, or http on this machine.

        ``pause_seconds`` is kept between the end of one request and the beginning of the next.
        """
        self._address = _checked(address)
        self._origin = _origin(self._address)
        # A pull asks the same path hundreds of times, and httpx takes its time over joining an address.
        self._at = lru_cache(maxsize=8)(self._address.join)
        self._around = surroundings
        self._pause = pause_seconds
        self._free_at = surroundings.monotonic()
        self._line = Line()
        self._watch = Watch(self._line.socket)
        # On this machine no proxy of the environment is wanted; elsewhere a council's proxy may be the only way out.
        self._client = httpx.Client(
            auth=auth,
            transport=surroundings.transport,
            verify=_trusted(),
            timeout=surroundings.patience.silence,
            headers={"User-Agent": USER_AGENT} | dict(headers or {}),
            trust_env=self._address.host not in LOOPBACK,
        )

    @property
    def host(self) -> str:
        """The host, for messages: all of an address that may be shown."""
        return self._address.host

    def get(
        self,
        read: Read[T],
        path: str = "",
        *,
        params: Mapping[str, str] | None = None,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        readable: Container[int] = (),
    ) -> T:
        """Fetch a path, or a whole URL of the same host, and return what ``read`` makes of it.

        Query parameters are added to those it has; ``readable``: statuses other than 200 that ``read`` is given too, a
        redirect among them is not followed.
        Raises ``Malformed`` for a URL that leads elsewhere: the credential would go with it.
        """
        url = self._target(path)
        if _origin(url) != self._origin:
            raise Malformed(f"{self.host} names another host for what follows: ask the platform's support")
        target = url.copy_merge_params(params) if params else url
        sent = {"Accept": accept} | dict(headers or {})
        request = self._client.build_request("GET", target, headers=sent)
        return self._patiently(request, read, readable)

    def post_json(self, path: str, body: bytes, read: Read[T], *, readable: Container[int] = ()) -> T:
        """Post JSON that may be posted twice, such as a question; ``readable``: further statuses whose body is read."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = self._client.build_request("POST", self._at(path), content=body, headers=headers)
        return self._patiently(request, read, readable)

    def post_form(
        self,
        path: str,
        fields: Mapping[str, str],
        read: Read[T],
        *,
        headers: Mapping[str, str] | None = None,
        readable: Container[int] = (),
    ) -> T:
        """Post a form that may be posted twice, as that of a sign-in; cookies that come back are kept."""
        request = self._client.build_request("POST", self._at(path), data=dict(fields), headers=dict(headers or {}))
        return self._patiently(request, read, readable)

    def cookie(self, name: str) -> str | None:
        """Return a cookie that the platform has set."""
        return self._client.cookies.get(name)

    def forget_cookies(self) -> None:
        """Begin anew, as somebody who was never there."""
        self._client.cookies.clear()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._line.close()
        self._watch.close()

    def _target(self, path: str) -> httpx.URL:
        """Return where a path leads. A whole URL is parsed once and not joined: a pull follows thousands of them."""
        try:
            url = httpx.URL(path)
            return url if url.is_absolute_url else self._address.join(url) if path else self._address
        except httpx.InvalidURL:
            raise Malformed(f"{self.host} names what is no address for what follows: ask its support") from None

    def _patiently(self, request: httpx.Request, read: Read[T], readable: Container[int]) -> T:
        result: T = retrying(self._around)(self._once, request, read, readable)
        return result

    def _once(self, request: httpx.Request, read: Read[T], readable: Container[int]) -> T:
        if (early := self._free_at - self._around.monotonic()) > 0:
            self._around.sleep(early)
        try:
            # A head that drips trips no timeout, for each drop begins it anew.
            with self._watch.over(self._around.patience.answer):
                return self._follow(request, read, readable)
        except (httpx.RequestError, httpx.InvalidURL) as problem:
            self._line.close()
            raise _failed(self.host, problem) from None
        finally:
            self._free_at = self._around.monotonic() + self._pause

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._line.opened(info["return_value"].get_extra_info("socket"))

    def _follow(self, request: httpx.Request, read: Read[T], readable: Container[int]) -> T:
        until = self._around.monotonic() + self._around.patience.answer
        for _ in range(MAX_REDIRECTS + 1):
            request.extensions["trace"] = self._trace
            response = self._client.send(request, stream=True)
            try:
                if response.status_code not in REDIRECTS or response.status_code in readable:
                    return read(self._answer(response, readable, until=until))
                request = self._redirected(request, response)
            finally:
                response.close()
                # It holds the response that holds it: hundreds of pages would wait for the collector, which may pause.
                response.stream = httpx.ByteStream(b"")
        raise Malformed(f"{self.host} redirects in a circle: correct the address")

    def _answer(self, response: httpx.Response, readable: Container[int], *, until: float) -> Answer:
        status = response.status_code
        if status != HTTPStatus.OK and status not in readable:
            raise failure(status, self.host, retry_after(response.headers.get("Retry-After"), self._around.now()))
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(status, content_type[:60], self._chunks(response, until), self.host)

    def _chunks(self, response: httpx.Response, until: float) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if self._around.monotonic() > until:
                raise Unavailable(f"{self.host} sends its answer too slowly")
            if size > MAX_BODY:
                raise Malformed(f"{self.host} sends more than {MAX_BODY >> 20} MB in one answer: ask for less at once")
            yield chunk

    def _redirected(self, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        # Elsewhere the credential would be dropped, or given away.
        target = self._address.join(response.headers.get("Location", ""))
        if _origin(target) != self._origin:
            raise Malformed(f"{self.host} redirects to another host or away from https: correct the address")
        return self._client.build_request(request.method, target, headers=request.headers, content=request.content)


def failure(status: int, host: str, after: float | None = None) -> Unavailable | Rejected | Malformed:
    """Say what a status means for a pull, whether it came as the HTTP status or inside a body."""
    if status == HTTPStatus.UNAUTHORIZED:
        return Rejected(
            f"{host} refuses the credential (401): ask the school whether it was changed, and enter it anew"
        )
    if status == HTTPStatus.FORBIDDEN:
        return Rejected(
            f"{host} knows this program and refuses it (403): ask the school whether it has withdrawn the access",
            refusal=Refusal.REVOKED,
        )
    if status in _TRY_LATER:
        return Unavailable(f"{host} is not available ({status})", retry_after=after)
    return Malformed(f"{host} answered {status}: check the address, then ask the platform's support")


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return what all clients trust: reading the certificates anew for each of hundreds of schools takes seconds."""
    return httpx.create_ssl_context()


def _failed(host: str, problem: Exception) -> Unavailable | Rejected | Malformed:
    match problem:
        case httpx.TimeoutException():
            return Unavailable(f"{host} did not answer in time")
        case httpx.TransportError():
            return _broken(host, problem)
        case _:
            return Malformed(f"{host} sent headers that its own answer does not fit")


def _broken(host: str, problem: BaseException) -> Unavailable | Rejected:
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            message = f"the certificate of {host} is not to be trusted: check the address, then ask who runs it"
            return Rejected(message, refusal=Refusal.LOCAL)
        cause = cause.__cause__ or cause.__context__
    return Unavailable(f"the connection to {host} failed")


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ValueError("address: this is no URL; write https://host") from None
    if not url.host or not (url.scheme == "https" or (url.scheme == "http" and url.host in LOOPBACK)):
        raise ValueError("address: only https is allowed (http only to this machine); write https://host")
    if url.userinfo:
        raise ValueError("address: leave user and password out of it; they have settings of their own")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _place(problem: Exception) -> str:
    """Keep the place (``$.data``) of a decoding problem; the rest of its text could quote the body."""
    _, found, place = str(problem).rpartition(" - at `")
    return f"look at {place.rstrip('`')}" if found else "it breaks off or does not parse"
