"""Files over SFTP, against a real OpenSSH server: who must act when it does not work, and what is left where."""

import pytest

from connectors.base import Malformed, Refusal, Unavailable
from tests.connectors.drop_rigs import HEADER, SftpRig, line, refused
from tests.outbox.openssh import new_key, openssh
from tests.outbox.proxies import wire
from tests.outbox.sftp_servers import PASSWORD, Product, sftp_product

#: Nothing listens on the discard port.
NOBODY = 9


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with openssh(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def drop(server, tmp_path):
    return SftpRig(server, tmp_path / "drop")


# Who must act --------------------------------------------------------------------------------------------------------


def test_another_host_key_is_rejected_before_anything_is_sent(drop, tmp_path):
    other = new_key(tmp_path / "other").with_suffix(".pub").read_text()

    failure = refused(drop, host_key=other)

    assert failure.refusal is Refusal.CREDENTIAL
    assert "another host key than the pinned one" in str(failure)
    assert "nothing was sent" in str(failure)


def test_a_key_the_server_does_not_know_is_a_refused_credential(drop, tmp_path):
    failure = refused(drop, private_key_file=str(new_key(tmp_path / "mine")))

    assert failure.refusal is Refusal.CREDENTIAL
    assert "refuses the sign-in" in str(failure)


def test_a_wrong_password_is_a_refused_credential_and_not_quoted(drop, tmp_path):
    with sftp_product(drop.folder, new_key(tmp_path / "host"), Product()) as product:
        there = {"port": product.port, "username": "relay", "host_key": product.host_key, "private_key_file": ""}
        failure = refused(drop, **there, password="guessed")
        drop.connector = drop.connect(**there, password=PASSWORD)

        assert drop.pull().marks == ()
    assert failure.refusal is Refusal.CREDENTIAL
    assert "guessed" not in str(failure)


def test_a_folder_that_may_not_be_listed_lacks_a_permission(tmp_path):
    with openssh(tmp_path, command="internal-sftp -P opendir") as server:
        failure = refused(SftpRig(server, tmp_path / "drop"))

    assert failure.refusal is Refusal.PERMISSION
    assert "forbids this user to list the folder" in str(failure)


def test_a_folder_that_is_not_there_is_for_a_person(drop):
    failure = refused(drop, folder="/no/such/folder")

    assert failure.refusal is Refusal.LOCAL
    assert "correct the setting folder" in str(failure)


def test_a_server_that_is_not_there_is_unavailable(drop):
    assert isinstance(refused(drop, port=NOBODY), Unavailable)


@pytest.mark.parametrize("sent", [30, 1500, 3500])
def test_a_connection_that_breaks_is_unavailable_and_takes_nothing(drop, server, sent):
    drop.put("a.csv", HEADER + line() * 20_000)
    with wire(server.port, cuts=lambda so_far: so_far > sent) as broken:
        drop.connector = drop.connect(port=broken.port)
        with pytest.raises(Unavailable, match=r"the connection to 127\.0\.0\.1 failed"):
            drop.pull()

    assert drop.names() == ["a.csv"]
    drop.connector = drop.connect()
    assert len(drop.pull_and_store().marks) == 20_000


def test_a_server_that_goes_dead_ends_with_the_time(drop, server):
    drop.more = {"settle_seconds": 0}
    with wire(server.port, dies=lambda so_far: so_far > 1500) as dead:
        drop.connector = drop.connect(port=dead.port, timeout_seconds=1.0)
        with pytest.raises(Unavailable):
            drop.pull()


# Complete files ------------------------------------------------------------------------------------------------------


def test_a_file_under_another_name_while_it_is_uploaded_is_none_yet(drop):
    drop.put("a.csv.filepart", HEADER + line())

    assert drop.pull().marks == ()
    (drop.folder / "a.csv.filepart").rename(drop.folder / "a.csv")
    assert len(drop.pull().marks) == 1


def test_a_file_still_being_written_waits_for_the_next_pull(drop):
    drop.put("slow.csv", HEADER + line())
    drop.settle = lambda: drop.put("slow.csv", HEADER + line() + line(ref="L002"))

    assert drop.pull_and_store().marks == ()
    drop.settle = lambda: None
    assert len(drop.pull_and_store().marks) == 2


def test_a_done_beside_a_file_spares_the_second_look_and_goes_with_it(drop):
    drop.settle = lambda: pytest.fail("waited")
    drop.put("a.csv", (HEADER + line()).rstrip())
    drop.put("a.csv.done", "")

    # It also proves that the last row is whole.
    assert len(drop.pull_and_store().marks) == 1
    assert (drop.names(), drop.names("processed")) == ([], ["a.csv"])


def test_a_file_larger_than_allowed_is_put_aside_unread(drop):
    drop.put("a.csv", bytes(2 << 20))
    drop.connector = drop.connect(largest_mb=1)

    with pytest.raises(Malformed, match="it is larger than 1 MB"):
        drop.pull()
    assert drop.names("rejected") == ["a.csv", "a.csv.reason.txt"]


# Where files stay ----------------------------------------------------------------------------------------------------


@pytest.fixture
def read_only(drop):
    drop.connector = drop.connect(move=False)
    return drop


def test_where_nothing_is_moved_each_file_is_read_once_all_the_same(read_only):
    read_only.put("a.csv", HEADER + line())

    first, second = read_only.pull_and_store(), read_only.pull_and_store()

    assert (len(first.marks), second.marks, second.remarks) == (1, (), ())
    assert read_only.names() == ["a.csv"]
    assert sorted(path.name for path in read_only.folder.iterdir()) == ["a.csv"]


def test_where_nothing_is_moved_other_content_under_the_same_name_is_read(read_only):
    read_only.put("a.csv", HEADER + line())
    read_only.pull_and_store()
    read_only.put("a.csv", HEADER + line(mark="N"), minute=5)

    assert [mark.code for mark in read_only.pull_and_store().marks] == ["N"]


def test_where_nothing_is_moved_a_bad_file_is_told_once_with_the_good_one_and_again_when_it_changes(read_only):
    read_only.put("a.csv", HEADER + line())
    read_only.put("bad.csv", HEADER)

    first, second = read_only.pull_and_store(), read_only.pull_and_store()
    read_only.put("bad.csv", HEADER + line(ref="L002"), minute=5)

    (row,) = first.unreadable
    assert row.where == "bad.csv"
    assert row.reason.endswith("(the file is left where it is, and not read again until it changes)")
    assert second.unreadable == ()
    assert [mark.platform_id for mark in read_only.pull_and_store().marks] == ["L002"]


def test_a_file_that_is_gone_is_forgotten(read_only):
    read_only.put("a.csv", HEADER + line())
    read_only.pull_and_store()
    (read_only.folder / "a.csv").unlink()
    read_only.put("b.csv", HEADER + line(mark="N"))
    read_only.pull_and_store()

    assert "a.csv" not in read_only.kept["files_left"]


def test_an_account_that_may_only_read_says_so_in_check_and_still_reads_once(tmp_path):
    with openssh(tmp_path, command="internal-sftp -R") as server:
        drop = SftpRig(server, tmp_path / "drop")
        drop.put("a.csv", HEADER + line())

        (finding,) = drop.connector.check()
        first, second = drop.pull_and_store(), drop.pull_and_store()

    assert not finding.ok
    assert finding.message.endswith("or set move = false")
    assert (len(first.marks), second.marks, second.remarks) == (1, (), ())


def test_a_second_file_of_the_same_name_overwrites_nothing(drop):
    for number in range(3):
        drop.put("a.csv", HEADER + line(ref=f"L00{number}"), minute=number)
        drop.pull_and_store()

    assert drop.names("processed") == ["a.2.csv", "a.3.csv", "a.csv"]


def test_a_key_file_that_is_not_there_is_said_when_the_drop_is_set_up(drop):
    with pytest.raises(ValueError, match=r"sftp\.private_key_file"):
        drop.connect(private_key_file="/no/such/key")


def test_links_and_folders_are_no_files(drop):
    (drop.folder / "folder.csv").mkdir()
    (drop.folder / "link.csv").symlink_to("/etc/hostname")

    assert drop.pull().unreadable == ()
