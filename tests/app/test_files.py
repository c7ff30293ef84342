"""Files from an SFTP server, from relay.toml to the database: read once, remembered, and missed when they do not come."""

import getpass

import pytest

from config.problems import ConfigErrors
from tests.outbox.openssh import openssh


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with openssh(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def stand(build, server):
    """A school whose files lie on a server where this program may only read."""
    stand = build()
    before, _, rest = stand.toml.partition("  [school.connector]\n")
    _, _, after = rest.partition("\n\n")
    stand.toml = (
        before.replace('platform = "clm"', 'platform = "files"')
        + f"""\
  [school.connector]
  profile     = "clm-long"
  expected_by = "16:30"
  [school.connector.sftp]
  host               = "127.0.0.1"
  port               = {server.port}
  host_key           = "{server.host_key.strip()}"
  username           = "{getpass.getuser()}"
  private_key_secret = "council_sftp"
  folder             = "{{folder}}/drop"
  move               = false

"""
        + after
    )
    stand.write()
    (stand.folder / "secrets" / "council_sftp").write_text((server.keys / "client_key").read_text())
    return stand


def test_a_file_is_stored_once_and_the_next_run_of_the_program_remembers_it(stand):
    stand.drop("Mon 2026-11-02", p1="//")
    first = stand.pulled("Mon 2026-11-02 15:45")
    stand.close()

    second = stand.pulled("Mon 2026-11-02 16:00")

    assert (first.problem, first.new) == (None, 2)
    assert (second.problem, second.read, second.remarks) == (None, 0, ())
    assert [path.name for path in stand.drop_folder.iterdir()] == ["register-001.csv"]


def test_a_file_that_has_not_come_by_its_hour_is_in_the_line_of_the_pull(stand):
    stand.drop("Mon 2026-11-02", p1="//")
    stand.pulled("Mon 2026-11-02 15:45")
    stand.drop("Tue 2026-11-03", p1="//")
    stand.pulled("Tue 2026-11-03 15:45")

    said = stand.pulled("Wed 2026-11-04 16:31")

    assert said.problem.startswith("SuspiciousPull: no mark came")
    assert "the file of 2026-11-04, expected by 16:30, has not come: no new one since 2026-11-03" in said.problem


def test_a_key_that_is_wrong_is_an_error_of_the_configuration_that_quotes_nothing(stand):
    (stand.folder / "secrets" / "council_sftp").write_text("s3cret-but-no-key")

    with pytest.raises(ConfigErrors) as wrong:
        stand.relay  # noqa: B018 - opens it

    assert "the private key is no OpenSSH key" in str(wrong.value)
    assert "s3cret" not in str(wrong.value)
