"""Calls to GOV.UK Notify that end in time, and say nothing in the log.

The official client gives each read its own time limit, so an answer that comes a byte at a time would last for ever;
here the connection is cut when the time of the whole call is up.
"""

import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any, Literal, TypeVar

from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from wire.connections import Line, deadline

# Its warnings quote what the server writes, which may quote the message.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)

T = TypeVar("T")


class Calls:
    """The client of one service. For one thread at a time, as the client itself."""

    def __init__(self, api_key: str, base_url: str, *, seconds: float, uses_proxies: bool) -> None:
        """Open nothing yet; ``uses_proxies`` takes the proxy of the environment, if there is one."""
        self._client = NotificationsAPIClient(api_key, base_url=base_url, timeout=seconds)
        self._longest = timedelta(seconds=seconds)
        self._watching = _Watching()
        session = self._client.request_session
        session.trust_env = uses_proxies
        # A kept connection that the server has just closed looks exactly like a lost answer.
        session.headers["Connection"] = "close"
        session.mount("https://", self._watching)
        session.mount("http://", self._watching)

    def call(self, ask: Callable[[NotificationsAPIClient], T]) -> T:
        """Return what the client answers; raises what it raises, after a second try where the first was a 403.

        A token lasts 30 seconds from its making: a connection that took longer to open gets the same 403 as a wrong
        key, and a new token is made for each request.
        """
        with closing(self._watching.line), deadline(self._longest, self._watching.line.socket):
            try:
                return ask(self._client)
            except HTTPError as error:
                if error.status_code != 403:
                    raise
            return ask(self._client)

    def close(self) -> None:
        """Close the client."""
        self._client.request_session.close()


class _Watching(HTTPAdapter):
    """Holds on to the connection of the request that is going on."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool of connections, each of which tells of its socket."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._watched(type(pool).ConnectionCls)
        return pool

    def _watched(self, plain: Callable[..., Any]) -> Any:
        def connection(*args: Any, **kwargs: Any) -> Any:
            made = plain(*args, **kwargs)
            opened = made._new_conn  # noqa: SLF001 - where urllib3 lets others (SOCKS) open the socket

            def seen() -> socket.socket:
                line: socket.socket = opened()
                self.line.opened(line)
                return line

            made._new_conn = seen  # noqa: SLF001
            return made

        return connection


def nothing_was_sent(error: BaseException | None) -> Literal["certificate", "connection"] | None:
    """Return why a call cannot have reached the server; none when it may have."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(error, NewConnectionError | ConnectTimeoutError):
            return "connection"
        error = error.__cause__ or error.__context__
    return None
