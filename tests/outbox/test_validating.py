"""What a receiver learns of a file that came, whatever state it is in; and what is missing of a folder."""

import json
import shutil

import pyrage
import pytest

from outbox.encryption import age_seal
from outbox.feed_rows import Profile
from outbox.feeds import compose_feed, revise
from outbox.file_sequences import Taken, sequence_problems
from outbox.multipart import split
from outbox.received import Received
from outbox.validating import MOST, validate
from tests.outbox.builders import GOLDEN, a_day, header

CANARIES = ("Canary", "Robin", "2012-03-14", "P937400126001")
FEED, MANIFEST = "attendance-daily.identity.csv", "attendance-daily.identity.manifest.json"


@pytest.fixture
def folder(tmp_path):
    """The examples as they may lie in a receiver's folder."""
    return shutil.copytree(GOLDEN, tmp_path / "received")


def told(path, **given):
    report = validate(path, **given)
    return [str(problem) for problem in report.problems]


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.[cj]s*")))
def test_every_published_example_is_valid(name):
    assert told(GOLDEN / name) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty: even a day without sessions has a header"),
        (b"\xef\xbb\xbf\r\n", "is empty: even a day without sessions has a header"),
        (b"\x00\x01\x02\xff" * 50, "is not UTF-8 text: it is UTF-16, or no text at all"),
        ("schema_version,record_id\r\n".encode("utf-16"), "is not UTF-8 text: it is UTF-16, or no text at all"),
        (b"\xff\xfa\x80" * 50, "is not UTF-8: it was saved in another encoding, or is no text at all"),
        (b'schema_version,record_id\r\n"never closed', "row 2: is not CSV from here on: a quote is not closed, or the file is no table"),
        (b"a" * (1 << 21), "is not CSV from here on: a quote is not closed, or the file is no table"),
        (b"Pupil,Mark\r\n1,N\r\n", "row 1: is no published format: there are no columns schema_version and record_id"),
    ],
    ids=["empty", "mark alone", "binary", "utf-16", "latin", "open quote", "one line", "another table"],
)  # fmt: skip
def test_a_file_that_is_no_feed_is_told_so(tmp_path, content, problem):
    path = tmp_path / "feed.csv"
    path.write_bytes(content)

    assert problem in told(path)


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        (b"present", b"here", ["row 2: attended: is 'here': the format has present, late, absent, left_early, not_expected, not_recorded"]),
        (b",AM,", b",Robin,", ["row 2: session: is another word: the format has AM, PM"]),
        (b"P937400126001", b"Robin", ["row 2: upn: is not in the published form"]),
        (b"Zo\xc3\xab", b"Zo\xeb", ["row 3: is not UTF-8: it was saved in another encoding, or is no text at all"]),
        (b",upn,", b",the upn,", ["row 1: upn: is missing: the format has this column"]),
        (b",site_id,", b",upn,", ["row 1: site_id: is missing: the format has this column", "row 1: upn: stands twice in the header"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_row_and_column_and_no_name_is(folder, old, new, problems):
    path = folder / FEED
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    (folder / MANIFEST).unlink()

    assert told(path)[: len(problems)] == problems
    assert [word for word in CANARIES if word in str(told(path))] == []


def test_columns_that_the_version_does_not_know_are_passed_over(folder):
    path, lines = folder / "new.csv", (folder / FEED).read_bytes().splitlines()
    path.write_bytes(b"".join(line + b",%b\r\n" % (b"extra" if not at else b"x") for at, line in enumerate(lines)))

    assert told(path) == []


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda content: b"\xef\xbb\xbf" + content, "begins with a byte order mark"),
        (lambda content: content.replace(b"\r\n", b"\n"), "does not end its lines with CR LF"),
    ],
)
def test_a_mark_or_other_line_ends_are_noted_and_the_hash_tells_of_the_change(folder, change, note):
    path = folder / FEED
    path.write_bytes(change(path.read_bytes()))

    report = validate(path)

    assert any(note in each for each in report.notes)
    assert [each.what for each in report.problems] == [
        "is not the file its manifest speaks of: bytes differs",
        "is not the file its manifest speaks of: sha256 differs",
    ]


def test_a_manifest_alone_is_checked_with_the_feed_beside_it(folder):
    (folder / FEED).write_bytes((folder / FEED).read_bytes().replace(b"present", b"Present", 1))

    assert told(folder / MANIFEST) == ["is not the file its manifest speaks of: sha256 differs"]
    assert told(folder / MANIFEST, alone=False) == []


def test_a_manifest_without_its_feed_says_that_the_hash_was_not_checked(folder):
    (folder / FEED).unlink()

    assert validate(folder / MANIFEST).notes == ("its feed file is not beside it, so the hash was not checked",)


def test_a_file_in_a_receivers_own_layout_is_checked_by_its_manifest_alone(folder):
    (folder / FEED).write_bytes(b"UPN;AM\n1;P\n")
    manifest = json.loads((folder / MANIFEST).read_bytes())
    received = Received(path=folder / FEED)
    list(received.read())
    manifest |= {"layout": "own", "corrects_by": "whole_day", "bytes": received.size, "sha256": received.sha256}
    (folder / MANIFEST).write_text(json.dumps(manifest))

    report = validate(folder / FEED)

    assert report.problems == ()
    assert "is in a receiver's own layout, which no published schema describes: rows were not checked" in report.notes


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "is not JSON, or was cut short"),
        (b"[]", "is neither a notice nor a manifest"),
        (b"[" * 100_000, "is not JSON, or was cut short"),
        (b"{}", "is neither a notice nor a manifest of a published version"),
        (b'{"schema_version": "attendance-daily/9.0"}', "is neither a notice nor a manifest of a published version"),
        (b'{"specversion": "1.0"}', "the whole: data is missing"),
    ],
)
def test_a_json_file_that_is_neither_notice_nor_manifest_is_told_so(tmp_path, content, problem):
    path = tmp_path / "thing.json"
    path.write_bytes(content)

    assert problem in told(path)


def test_a_file_without_an_ending_is_told_by_what_is_in_it(folder):
    notice = shutil.copy(folder / "attendance-concern.update.json", folder / "notice")
    feed = shutil.copy(folder / FEED, folder / "feed")

    assert validate(folder / notice).what == "notice attendance-concern/1.0"
    assert validate(folder / feed).what == "feed attendance-daily/1.0"


def test_of_many_problems_the_first_are_told_and_the_rest_counted(tmp_path):
    path = tmp_path / "feed.csv"
    row = (GOLDEN / FEED).read_bytes().splitlines(keepends=True)
    path.write_bytes(row[0] + row[1] * 5001)

    report = validate(path)

    assert (len(report.problems), report.untold, report.rows) == (MOST, 5000 - MOST, 5001)
    assert str(report.problems[0]) == "row 3: record_id: stands twice in the file: a record has one row"


# A folder of them ---------------------------------------------------------------------------------------------------


def manifest(sequence, *, not_sent=(), message="", sender="lane"):
    return {
        "sender_id": sender,
        "destination": "council",
        "sequence": sequence,
        "previous_sequence": sequence - 1 or None,
        "message_id": message or str(sequence),
        "not_sent": list(not_sent),
    }


def problems(*manifests):
    return list(sequence_problems(Taken(manifest=each, feed=None) for each in manifests))


@pytest.mark.parametrize(
    ("manifests", "told"),
    [
        ([manifest(3), manifest(4), manifest(5)], []),
        ([manifest(5), manifest(3), manifest(4)], []),
        ([manifest(3), manifest(5)], ["lane to council: sequence 4 is missing between 3 and 5: ask for it"]),
        ([manifest(3), manifest(9)], ["lane to council: sequence 4 to 8 are missing between 3 and 9: ask for it"]),
        ([manifest(3), manifest(5, not_sent=[4])], []),
        ([manifest(3), manifest(5), manifest(6, not_sent=[4])], []),
        ([manifest(3), manifest(3)], []),
        ([manifest(3), manifest(3, message="x")], ["lane to council: sequence 3 is there twice, with different content"]),
        ([manifest(3), manifest(7, sender="other")], []),
    ],
)  # fmt: skip
def test_a_missing_number_is_named_unless_a_later_file_says_that_it_will_not_come(manifests, told):
    assert problems(*manifests) == told


def taken(tmp_path, sequence, *rows):
    path = tmp_path / f"{sequence}.csv"
    path.write_text("".join(f"{row}\r\n" for row in ("record_id,revision,record_state", *rows)))
    return Taken(manifest=manifest(sequence), feed=path)


def test_a_revision_that_falls_and_a_withdrawal_out_of_nowhere_are_told(tmp_path):
    files = [
        taken(tmp_path, 1, "a,2,current", "b,1,current"),
        taken(tmp_path, 2, "a,1,current", "b,2,withdrawn", "c,2,withdrawn"),
    ]

    assert list(sequence_problems(files)) == [
        "lane to council: sequence 2: the revision of 1 records is lower than in an earlier file",
        "lane to council: sequence 2: 1 records are withdrawn that no earlier file holds",
    ]


def test_a_folder_that_begins_later_may_withdraw_what_it_does_not_hold(tmp_path):
    assert list(sequence_problems([taken(tmp_path, 2, "c,2,withdrawn")])) == []


@pytest.mark.parametrize(
    ("spoil", "problems"),
    [
        (lambda content: content, []),
        (
            lambda content: content + b"x",
            ["is not the file its manifest speaks of: bytes differs", "is not the file its manifest speaks of: sha256 differs"],
        ),
    ],
)  # fmt: skip
def test_an_encrypted_file_is_compared_with_its_manifest_and_opened_with_it_too(tmp_path, spoil, problems):
    owner = pyrage.x25519.Identity.generate()
    rows, _ = revise({}, a_day(), Profile.MINIMAL)
    feed = compose_feed(header(profile=Profile.MINIMAL), rows, age_seal([str(owner.to_public())]))
    for part in split(feed.content_type, feed.payload):
        (tmp_path / part.file_name).write_bytes(part.content)
    sealed = tmp_path / feed.file_name
    opened = sealed.with_suffix("")

    opened.write_bytes(pyrage.decrypt(sealed.read_bytes(), [owner]))
    sealed.write_bytes(spoil(sealed.read_bytes()))

    assert told(sealed) == problems
    assert told(opened) == []
    assert "is encrypted: decrypt it beside its manifest, and check what you get" in validate(sealed).notes
