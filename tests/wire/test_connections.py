"""Connections that are cut from outside, whom to trust on this machine, and tokens that others keep fresh."""

import socket
import time
from datetime import timedelta

import pytest

from wire.connections import Line, deadline
from wire.tls import is_loopback
from wire.tokens import NoToken, read_token


def test_a_read_that_would_wait_for_ever_ends_with_the_time():
    ours, theirs = socket.socketpair()
    began = time.monotonic()

    with ours, theirs, deadline(timedelta(milliseconds=50), lambda: ours):
        assert ours.recv(1) == b""

    assert time.monotonic() - began < 5


def test_a_deadline_with_nothing_connected_cuts_nothing():
    asked = []

    with deadline(timedelta(0), lambda: asked.append("connection")):
        while not asked:
            pass


def test_a_line_outlives_the_handle_it_was_made_of():
    ours, theirs = socket.socketpair()
    line = Line()
    with theirs:
        line.opened(ours)
        ours.close()
        line.socket().sendall(b"still there")

        assert theirs.recv(20) == b"still there"
        line.close()
        assert (line.socket(), theirs.recv(1)) == (None, b"")


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
     ("10.0.0.1", False), ("localhost.example", False), ("mail.example", False), ("", False)],
)  # fmt: skip
def test_which_host_is_this_machine(host, is_this_machine):
    assert is_loopback(host) is is_this_machine


def test_a_token_is_read_from_its_file(tmp_path):
    (tmp_path / "token").write_text("eyJ0-._~+/=\n")

    assert read_token(tmp_path / "token") == "eyJ0-._~+/="


@pytest.mark.parametrize("text", ["", "two words", "line\x01end", "\u00e9"])
def test_what_could_end_the_line_it_is_sent_on_is_no_token(tmp_path, text):
    (tmp_path / "token").write_text(text)

    for path in (tmp_path / "token", tmp_path / "nowhere"):
        with pytest.raises(NoToken):
            read_token(path)
