"""One client, one patience: what is asked again and for how long, what never is, and what no message may hold."""

import socket
import ssl
import threading
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import httpx
import msgspec
import pytest
import trustme

from connectors.base import Malformed, Patience, PullFailed, Refusal, Rejected, Surroundings, Unavailable
from connectors.http import MAX_BODY, Auth, Client
from connectors.patience import MAX_RETRY_AFTER, retry_after

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
SECRET = "s3cret-Quarrystone"
ANYTHING = msgspec.json.Decoder(dict[str, int])
GOOD = httpx.Response(200, json={"marks": 1})


class Platform:
    """Answers what it is told to, keeps what it was asked and how long was slept between."""

    def __init__(self, *answers, patience=None, monotonic=lambda: 0.0):
        self.asked, self.slept = [], []
        self._answers = iter(answers)
        surroundings = Surroundings(
            now=lambda: NOON,
            sleep=self.slept.append,
            monotonic=monotonic,
            transport=httpx.MockTransport(self._answer),
            patience=patience or Patience(),
        )
        auth = Auth("relay", SECRET)
        self.client = Client(f"https://school.example/export?key={SECRET}", surroundings, auth=auth)

    def _answer(self, request):
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get(self):
        return self.client.get(lambda answer: answer.json(ANYTHING), params={"from": "2026-03-09"})


def status(code, **headers):
    return httpx.Response(code, json={}, headers={name.replace("_", "-"): value for name, value in headers.items()})


# What is tried again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        *(status(code) for code in (408, 425, 429, 500, 502, 503, 504)),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection"),
    ],
    ids=repr,
)
def test_a_passing_trouble_is_asked_again(trouble):
    platform = Platform(trouble, GOOD)

    assert platform.get() == {"marks": 1}
    assert len(platform.slept) == 1


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (status(401), Rejected),
        (status(403), Rejected),
        (status(400), Malformed),
        (status(404), Malformed),
        (status(204), Malformed),
        (httpx.Response(200, html="<html>Sign in</html>"), Malformed),
        (httpx.Response(200, content=b'{"marks": 1}'), Malformed),
        (httpx.Response(200, json=[]), Malformed),
        (httpx.Response(200, content=b'{"marks": ', headers={"Content-Type": "application/json"}), Malformed),
        (httpx.Response(200, content=b'{"marks": "\xff"}', headers={"Content-Type": "application/json"}), Malformed),
        (httpx.ConnectError("x", request=None), Unavailable),
    ],
)
def test_what_an_answer_is_worth(answer, failure):
    platform = Platform(*[answer] * 5)

    with pytest.raises(failure):
        platform.get()

    assert len(platform.slept) == (4 if failure is Unavailable else 0)


def test_patience_ends_after_so_many_attempts():
    platform = Platform(*[status(503)] * 9, patience=Patience(attempts=3))

    with pytest.raises(Unavailable):
        platform.get()

    assert len(platform.asked) == 3


def test_patience_ends_before_the_wait_that_would_be_too_long():
    platform = Platform(*[status(503, Retry_After="40")] * 9, patience=Patience(attempts=9, in_all=90))

    with pytest.raises(Unavailable) as failure:
        platform.get()

    assert platform.slept == [40, 40]
    assert failure.value.retry_after == 40


def test_a_long_retry_after_is_handed_on_and_not_slept():
    platform = Platform(status(429, Retry_After="600"))

    with pytest.raises(Unavailable) as failure:
        platform.get()

    assert (platform.slept, failure.value.retry_after) == ([], 600)


def test_time_spent_asking_counts_as_well_as_time_spent_waiting():
    clock = count(0, 50)
    platform = Platform(*[status(503)] * 9, patience=Patience(attempts=9, in_all=90), monotonic=lambda: next(clock))

    with pytest.raises(Unavailable):
        platform.get()

    assert len(platform.asked) <= 2


def test_waits_grow_and_never_pass_the_longest():
    platform = Platform(*[status(503)] * 9, patience=Patience(attempts=9, in_all=1e6, first_wait=1, longest_wait=4))

    with pytest.raises(Unavailable):
        platform.get()

    assert len(platform.slept) == 8
    assert all(wait <= limit for wait, limit in zip(platform.slept, [1, 2, 4, 4, 4, 4, 4, 4], strict=True))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("40", 40.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("Thu, 12 Mar 2026 12:01:30 GMT", 90.0),
        ("Thu, 12 Mar 2026 11:00:00 GMT", 0.0),
        ("Thu, 12 Mar 2026 12:01:30 -0000", 90.0),
        ("86400", MAX_RETRY_AFTER),
        ("Thu, 12 Mar 2099 12:00:00 GMT", MAX_RETRY_AFTER),
        ("-5", None),
        ("soon", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_its_forms(header, seconds):
    assert retry_after(header, NOON) == seconds


# Where a request may go ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://school.example",
        "http://127.0.0.1.school.example",
        "ftp://school.example",
        "school.example",
        "https://",
        "",
        f"https://relay:{SECRET}@school.example",
        "https://school.example:port",
    ],
)
def test_an_address_must_be_https_and_hold_no_credential(address):
    with pytest.raises(ValueError, match=r"^address: ") as failure:
        Client(address, Surroundings(now=lambda: NOON, sleep=print))

    assert SECRET not in str(failure.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"])
def test_plain_http_is_for_this_machine_alone(address):
    Client(address, Surroundings(now=lambda: NOON, sleep=print)).close()


@pytest.mark.parametrize("location", ["/elsewhere", "https://school.example/elsewhere"])
def test_a_redirect_on_the_same_host_is_followed_with_the_credential(location):
    platform = Platform(status(302, Location=location), GOOD)

    assert platform.get() == {"marks": 1}
    assert platform.asked[1].url == "https://school.example/elsewhere"
    assert platform.asked[1].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/",
        "http://school.example/",
        "https://school.example:8443/",
        "//elsewhere.example/",
        "https://school.example.elsewhere.example/",
        "https://[/",
    ],
)
def test_a_redirect_anywhere_else_is_refused_and_not_asked(location):
    platform = Platform(status(301, Location=location), GOOD)

    with pytest.raises(Malformed):
        platform.get()

    assert len(platform.asked) == 1


def test_a_circle_of_redirects_ends():
    platform = Platform(*[status(302, Location="/again")] * 9)

    with pytest.raises(Malformed, match="circle"):
        platform.get()


def test_a_redirected_question_is_asked_again_whole():
    platform = Platform(status(307, Location="/elsewhere"), GOOD)

    platform.client.post_json("/graphql/query", b'{"query": ""}', lambda answer: answer.json(ANYTHING))

    assert [(request.method, request.content) for request in platform.asked] == [("POST", b'{"query": ""}')] * 2


def test_a_client_says_who_it_is():
    platform = Platform(GOOD)

    platform.get()

    assert "attendance-relay" in platform.asked[0].headers["User-Agent"]


# Bodies that do not end ----------------------------------------------------------------------------------------------


def test_a_dripping_body_ends_when_its_time_is_up():
    clock = count()
    drops = httpx.Response(200, content=(b" " for _ in range(1000)), headers={"Content-Type": "application/json"})
    patience = Patience(attempts=1, answer=10)
    platform = Platform(drops, patience=patience, monotonic=lambda: float(next(clock)))

    with pytest.raises(Unavailable, match="too slowly"):
        platform.get()


def test_a_body_without_end_is_not_kept():
    chunk = bytes(MAX_BODY // 8)
    flood = (chunk for _ in range(10))
    platform = Platform(httpx.Response(200, content=flood, headers={"Content-Type": "application/json"}))

    with pytest.raises(Malformed, match="256 MB"):
        platform.get()


# What no message may hold --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        status(401),
        status(429),
        status(418),
        status(302, Location=f"https://elsewhere.example/?key={SECRET}"),
        httpx.Response(200, json={"marks": SECRET}),
        httpx.Response(200, text=SECRET),
        httpx.ConnectError(f"https://school.example/?key={SECRET}"),
        httpx.ReadTimeout(f"https://school.example/?key={SECRET}"),
        httpx.DecodingError(SECRET),
    ],
)
def test_no_failure_and_no_log_line_holds_a_query_a_credential_or_a_body(answer, caplog):
    caplog.set_level("DEBUG")

    with pytest.raises(PullFailed) as failure:
        Platform(*[answer] * 5).get()

    told = "".join(traceback.format_exception(failure.value)) + caplog.text
    assert SECRET not in told
    assert "school.example" in str(failure.value)


# Certificates --------------------------------------------------------------------------------------------------------


@contextmanager
def https_server(authority):
    """Answer one TLS connection after another on this machine, with a certificate of this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listener, context):
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        try:
            with plain, context.wrap_socket(plain, server_side=True) as secure:
                secure.recv(65536)
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                secure.sendall(head + b'Content-Length: 12\r\n\r\n{"marks": 1}')
        except OSError:
            continue


def test_a_certificate_nobody_vouches_for_is_rejected_at_once_even_on_this_machine():
    slept = []
    with https_server(trustme.CA()) as address:
        client = Client(address, Surroundings(now=lambda: NOON, sleep=slept.append))

        with pytest.raises(Rejected, match="certificate of localhost") as failure:
            client.get(lambda answer: answer.json(ANYTHING), params={})

        client.close()
    assert (failure.value.refusal, slept) == (Refusal.LOCAL, [])
