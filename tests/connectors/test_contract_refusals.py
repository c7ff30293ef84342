"""What every connector promises when it is refused or fails: who must act, no second try, and no word too many."""

import traceback
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import pytest

from app.demo.platforms.server import FaultKind
from connectors.base import Malformed, PullFailed, Refusal, Rejected, Unavailable
from connectors.registry import PLATFORMS
from tests.builders import CANARY, upn
from tests.connectors.rigs import SECRET

#: What never stands in a message, a log line or the look of an object.
PRIVATE = (SECRET, *CANARY, upn(4001))


@dataclass(frozen=True)
class Trouble:
    """Something that makes a pull fail: what a rig makes, or a fault on the request of that number."""

    what: str
    value: str = ""
    after: int = 0

    def __str__(self):
        value = f" {self.value}" if self.value.isdecimal() else ""
        return f"{getattr(self.what, 'name', self.what)}{value} on request {self.after + 1}"

    def come(self, rig):
        if isinstance(self.what, FaultKind):
            next(rig.each_request(self.what))
            rig.bring(self.what, self.value, after=self.after)
        else:
            rig.fill()
            rig.make(self.what)


LASTING = [Trouble(what) for what in ("unavailable", "rejected", "revoked", "unpermitted", "malformed")]
TROUBLES = [
    *LASTING,
    Trouble("empty"),
    *(
        Trouble(kind, value, after)
        for after in (0, 3)
        for kind, value in [
            (FaultKind.STATUS, "401"),
            (FaultKind.STATUS, "418"),
            (FaultKind.STATUS, "500"),
            (FaultKind.BODY_STATUS, "401"),
            (FaultKind.REFUSED, f"{CANARY[1]} {SECRET}"),
            (FaultKind.PARTIAL, ""),
            (FaultKind.HALF_JSON, ""),
            (FaultKind.GARBLED, ""),
            (FaultKind.TRUNCATED, ""),
            (FaultKind.REDIRECT, f"https://elsewhere.example/?key={SECRET}"),
            (FaultKind.DRIFT, "-2"),
        ]
    ),
]


def troubles(some):
    return pytest.mark.parametrize("trouble", some, ids=str)


# Who must act --------------------------------------------------------------------------------------------------------


def test_a_platform_that_is_not_there_is_unavailable_for_as_long_as_it_says(rig):
    rig.make("unavailable")

    with pytest.raises(Unavailable) as failure:
        rig.pull()

    assert failure.value.retry_after == rig.asks_for_delay


def test_a_refused_credential_is_asked_once_and_says_whose_action_it_needs(rig):
    rig.make("rejected")

    with pytest.raises(Rejected) as failure:
        rig.pull()

    assert failure.value.refusal is rig.rejected_is
    assert rig.slept == []
    assert rig.requests() <= rig.asked_when_refused


def test_access_that_the_school_took_back_is_no_wrong_password(rig):
    rig.make("revoked")

    with pytest.raises(Rejected) as failure:
        rig.pull()

    assert failure.value.refusal is Refusal.REVOKED
    assert rig.slept == []
    assert rig.requests() <= rig.asked_when_refused


def test_a_permission_that_is_missing_is_named_and_is_neither_no_rows_nor_a_wrong_password(rig):
    rig.make("unpermitted")

    with pytest.raises(Rejected, match=rig.permission) as failure:
        rig.pull()

    assert failure.value.refusal is Refusal.PERMISSION
    assert rig.slept == []


def test_a_web_page_instead_of_data_is_malformed(rig):
    rig.make("malformed")

    with pytest.raises(Malformed):
        rig.pull()


# A check and a look --------------------------------------------------------------------------------------------------


def test_a_check_of_a_healthy_platform_finds_everything_fine(rig):
    rig.fill()

    findings = rig.connector.check()

    assert [finding for finding in findings if not finding.ok] == []
    assert findings


@troubles(LASTING)
def test_a_check_of_an_ailing_platform_says_so_and_raises_nothing(rig, trouble):
    trouble.come(rig)

    assert not all(finding.ok for finding in rig.connector.check())


def test_a_check_names_the_permission_that_is_missing(rig):
    rig.make("unpermitted")

    said = [finding.message for finding in rig.connector.check() if not finding.ok]

    assert any(rig.permission in message for message in said)


@troubles(LASTING)
def test_a_look_at_an_ailing_platform_fails_as_a_pull_does(rig, trouble):
    trouble.come(rig)

    with pytest.raises(PullFailed):
        rig.connector.discover(rig.window, seen=lambda _: None)


# Nothing too many ----------------------------------------------------------------------------------------------------


@troubles(TROUBLES)
def test_no_failure_says_a_secret_or_a_pupil_and_none_is_of_another_kind(rig, trouble, caplog):
    caplog.set_level("DEBUG")
    trouble.come(rig)
    said = [repr(rig.connector), repr(msgspec.convert(rig.raw, PLATFORMS[rig.name].settings))]

    for what in (rig.pull, lambda: rig.connector.discover(rig.window, seen=lambda _: None)):
        try:
            found = what()
        except PullFailed as problem:
            said += traceback.format_exception(problem)
        else:
            said += map(str, found.remarks)
            said += map(str, getattr(found, "unreadable", ()))
    said += [finding.subject + finding.message for finding in rig.connector.check()]

    assert [word for word in PRIVATE if word in "".join(said) + caplog.text] == []


@troubles(TROUBLES)
def test_no_failure_moves_what_is_kept_or_loses_a_file(rig, trouble):
    trouble.come(rig)
    rig.kept.clear()
    rig.kept["of another part"] = "1"

    for _ in range(2):
        with suppress(PullFailed):
            rig.pull()
        rig.connector.check()

    assert (rig.kept, rig.seen) == ({"of another part": "1"}, set())
