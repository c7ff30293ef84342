"""The sign-in to Class Charts as a parent: form and cookie, an id that is renewed, and one new sign-in a pull."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import unquote

import msgspec

from connectors.base import Malformed, Rejected
from connectors.class_charts_words import PING, Ping, Said
from connectors.http import REDIRECTS, Answer, Client

S = TypeVar("S", bound=Said)

_LOGIN, _PING, _COOKIE = "/parent/login", "/apiv2parent/ping", "parent_session_credentials"
#: What the public clients send where a browser would prove to be a person.
_FORM = {"_method": "POST", "logintype": "existing", "recaptcha-token": "no-token-available"}
#: Clients renew about every 180 seconds; after five idle minutes the platform has forgotten who it was.
RENEW_SECONDS, IDLE_SECONDS = 150.0, 300.0
_READABLE = REDIRECTS | {HTTPStatus.UNAUTHORIZED}


class _Credentials(msgspec.Struct):
    session_id: str


class SignIn:
    """Asks with an id that holds, whatever it takes, but never signs in a third time in one pull."""

    def __init__(self, client: Client, username: str, password: str, monotonic: Callable[[], float]) -> None:
        self._client, self._username, self._password = client, username, password
        self._monotonic = monotonic
        self._id: str | None = None
        self._since = monotonic()
        self._may_again = True

    def __repr__(self) -> str:
        return "SignIn(...)"

    def begin(self) -> None:
        """Begin a pull: it may sign in once more when the id runs out under way."""
        self._may_again = True
        if self._monotonic() - self._since >= IDLE_SECONDS:
            self._id = None

    def ask(self, path: str, decoder: msgspec.json.Decoder[S], params: Mapping[str, str] | None = None) -> S:
        """Return an answer given to somebody signed in; raises ``Rejected`` where a new sign-in does not help."""
        if self._id is None:
            self._sign_in()
        elif self._monotonic() - self._since >= RENEW_SECONDS and not self._renew():
            self._sign_in_again()
        answer = self._get(path, decoder, params)
        while not answer.is_signed_in:
            self._sign_in_again()
            answer = self._get(path, decoder, params)
        return answer

    def _get(self, path: str, decoder: msgspec.json.Decoder[S], params: Mapping[str, str] | None) -> S:
        def read(answer: Answer) -> S:
            return self._read(answer, decoder)

        return self._client.get(read, path, params=params, headers=self._headers(), readable=_READABLE)

    def _read(self, answer: Answer, decoder: msgspec.json.Decoder[S]) -> S:
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return decoder.type()
        if answer.status in REDIRECTS:
            # Followed, it would end in an answer that looks fine and is empty.
            raise Rejected(
                f"{answer.host} sends this sign-in to a page for people, to be verified: sign in once in a browser"
            )
        return answer.json(decoder)

    def _sign_in_again(self) -> None:
        if not self._may_again:
            raise self._refused()
        self._may_again = False
        self._sign_in()

    def _sign_in(self) -> None:
        self._id = None
        self._client.forget_cookies()
        form = _FORM | {"email": self._username, "password": self._password}
        was_sent_on = self._client.post_form(
            _LOGIN, form, lambda answer: answer.status in REDIRECTS, readable=REDIRECTS
        )
        # A wrong password brings the form once more, with status 200.
        credentials = self._client.cookie(_COOKIE) if was_sent_on else None
        if credentials is None:
            raise self._refused()
        self._id, self._since = self._id_in(credentials), self._monotonic()
        # Without a first ping, answers look fine and are empty. One whose answer was lost has used up the id.
        if not self._renew():
            self._sign_in_again()

    def _renew(self) -> bool:
        def read(answer: Answer) -> Ping:
            return self._read(answer, PING)

        headers = self._headers()
        # An id whose ping has failed is not asked with again: answers would look fine and be empty.
        self._id, pinged = None, self._id
        ping = self._client.post_form(_PING, {"include_data": "true"}, read, headers=headers, readable=_READABLE)
        self._id = (ping.meta.session_id or pinged) if ping.is_signed_in else None
        self._since = self._monotonic()
        return ping.is_signed_in

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"Basic {self._id}"}

    def _id_in(self, cookie: str) -> str:
        try:
            return msgspec.json.decode(unquote(cookie), type=_Credentials).session_id
        except (msgspec.DecodeError, UnicodeError):
            raise Malformed(f"{self._client.host} signs people in another way by now: end these pulls") from None

    def _refused(self) -> Rejected:
        return Rejected(f"{self._client.host} refuses the sign-in: ask whether the parent has changed the password")
