"""Alive, ready and numbers, as a monitoring system asks for them: over a socket, politely or not."""

import json
import socket
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus

import httpx
import pytest
from structlog.testing import capture_logs

from app.watch.pages import Board, Page, page
from app.watch.server import PageServer
from app.watch.watch import Watch


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def serving(page_at):
    with closing(PageServer("127.0.0.1:0", page_at).start()) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.server_address


def status(board, path="/healthz"):
    """Return the HTTP status, the page's word, and the word of each check."""
    answer = page(board, path)
    body = json.loads(answer.body)
    checks = {name: check["status"] for name, [check] in body["checks"].items()}
    assert answer.content_type == "application/health+json"
    return answer.status.value, body["status"], checks


@pytest.mark.parametrize(
    ("beat_at", "expected"),
    [
        pytest.param(None, (503, "fail"), id="it has never turned"),
        pytest.param(1000, (200, "pass"), id="just now"),
        pytest.param(850, (200, "pass"), id="two minutes and a half ago"),
        pytest.param(849, (200, "warn"), id="longer ago than that"),
        pytest.param(700, (200, "warn"), id="five minutes ago"),
        pytest.param(699, (503, "fail"), id="longer ago than that, too"),
    ],
)
def test_it_is_alive_while_the_scheduler_turns(beat_at, expected):
    code, word, checks = status(Board(clock=lambda: 1000, beat_at=beat_at))

    assert (code, word) == expected
    assert checks["scheduler:heartbeat"] == word


def test_it_is_not_alive_when_the_database_takes_no_writes():
    board = Board(clock=lambda: 1000, beat_at=1000, database_problem="relay.db has no room: free space on its disk")

    assert status(board)[::2] == (503, {"scheduler:heartbeat": "pass", "database:writable": "fail"})
    assert "has no room" in page(board, "/healthz").body.decode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (503, "fail")),
        ({"snapshot": object()}, (200, "pass")),
        ({"snapshot": object(), "is_config_in_order": False}, (200, "warn")),
        ({"snapshot": object(), "is_stopping": lambda: True}, (503, "fail")),
    ],
    ids=["before it has begun", "at work", "with a folder that was refused", "while it stops"],
)
def test_it_is_ready_between_its_beginning_and_its_end(given, expected):
    assert status(Board(clock=lambda: 1000, **given), "/readyz")[:2] == expected


def test_nothing_else_is_reachable_and_only_by_reading():
    board = Board(clock=lambda: 1000, beat_at=1000)
    with serving(lambda path: page(board, path)) as (url, _):
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(f"{url}/healthz?verbose=1", headers={"Host": "elsewhere.example"}).status_code == 200
        assert [httpx.get(f"{url}{path}").status_code for path in ("/", "/healthz/", "/../etc/passwd", "/outbox")] == [
            404,
            404,
            404,
            404,
        ]
        refused = [httpx.request(method, f"{url}/healthz") for method in ("POST", "PUT", "DELETE", "OPTIONS")]

    assert [each.status_code for each in refused] == [405] * 4
    assert refused[0].headers["Allow"] == "GET, HEAD"


def test_head_has_the_length_and_no_body():
    board = Board(clock=lambda: 1000, beat_at=1000)
    with serving(lambda path: page(board, path)) as (url, _):
        whole, head = httpx.get(f"{url}/healthz"), httpx.head(f"{url}/healthz")

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize(
    "sent",
    [b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000, b"nonsense\r\n\r\n", b"GET /h\xc3\xa4lthz HTTP/1.1\r\n\r\n", b""],
    ids=["too long", "no request", "no ASCII", "nothing"],
)
def test_a_wrong_request_harms_nobody(sent):
    with serving(_fine) as (url, at):
        with socket.create_connection(at) as wrong:
            wrong.sendall(sent)
            wrong.shutdown(socket.SHUT_WR)
            wrong.settimeout(10)
            # What was never read may reset the connection; either way it ends.
            with suppress(ConnectionResetError):
                while wrong.recv(4096):
                    pass

        assert httpx.get(url).text == "fine"


def test_whoever_says_nothing_is_let_go_and_too_many_at_a_time_are_turned_away(monkeypatch):
    monkeypatch.setattr("app.watch.server._LONGEST_SECONDS", 1.0)
    with ExitStack() as connected, serving(_fine) as (url, at):
        silent = [connected.enter_context(socket.create_connection(at)) for _ in range(8)]
        for each in silent:
            each.sendall(b"GET /heal")
        ninth = connected.enter_context(socket.create_connection(at))
        with suppress(ConnectionResetError):
            assert ninth.recv(10) == b""
        turned_away_first = all(map(_is_open, silent))
        for each in silent:
            each.settimeout(5)
            assert each.recv(10) == b""
        # The places are free a moment after the connections are closed.
        until(lambda: _answers(url))

    assert turned_away_first


def _fine(_):
    return Page(status=HTTPStatus.OK, content_type="text/plain", body=b"fine")


def _answers(url):
    try:
        return httpx.get(url).text == "fine"
    except httpx.TransportError:
        return False


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_open(connection):
    connection.settimeout(0.01)
    try:
        return connection.recv(10) != b""
    except TimeoutError:
        return True


# --- the pages of a relay ----------------------------------------------------------------------------------------------


@pytest.fixture
def watched(stand):
    """A stand that listens, as relay.toml says."""
    stand.port = free_port()
    stand.toml += f'\n[health]\naddress = "127.0.0.1:{stand.port}"\n'
    return stand


def test_nothing_listens_unless_relay_toml_says_so(stand):
    with Watch(stand.folder / "heartbeat") as watch:
        watch.turned(stand.relay, is_config_in_order=True)

        assert watch.board.snapshot is None


def test_a_relay_answers_while_a_council_is_down(watched):
    with Watch(watched.folder / "heartbeat") as watch:
        watched.live("Mon 2026-11-02", p1="NN", p2="//")
        assert watched.deliver().deferred > 0
        watch.turned(watched.relay, is_config_in_order=True)
        watch.beat()

        url = f"http://127.0.0.1:{watched.port}"
        answers = {path: httpx.get(f"{url}/{path}") for path in ("healthz", "readyz", "metrics")}

    assert {path: each.status_code for path, each in answers.items()} == dict.fromkeys(answers, 200)
    assert 'attend_destination_circuit_open{destination="coventry"} 1.0' in answers["metrics"].text
    assert answers["metrics"].headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_a_port_that_is_taken_is_said_once_and_the_relay_goes_on_until_it_is_free(watched):
    with Watch(watched.folder / "heartbeat") as watch, capture_logs() as logs:
        with socket.create_server(("127.0.0.1", watched.port)):
            watch.turned(watched.relay, is_config_in_order=True)
            watch.turned(watched.relay, is_config_in_order=True)
        watch.turned(watched.relay, is_config_in_order=True)
        watch.beat()
        code = httpx.get(f"http://127.0.0.1:{watched.port}/healthz").status_code

    assert [each["event"] for each in logs] == ["no health pages", "health pages"]
    assert logs[0]["problem"].startswith(
        f"relay.toml: health.address: cannot listen on 127.0.0.1:{watched.port} (Address already in use): free it or"
    )
    assert code == 200


def test_another_address_is_taken_up_when_the_folder_is_read_again(watched):
    other = free_port()
    with Watch(watched.folder / "heartbeat") as watch:
        watch.turned(watched.relay, is_config_in_order=True)
        watched.toml = watched.toml.replace(str(watched.port), str(other))
        watched.reread()
        watch.turned(watched.relay, is_config_in_order=False)
        watch.beat()

        ready = httpx.get(f"http://127.0.0.1:{other}/readyz")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{watched.port}/healthz")

    assert ready.json()["status"] == "warn"
