"""A real IMAP server on this machine for as long as a ``with`` lasts, and mails laid into it."""

import asyncio
import imaplib
import ssl
import threading
from argparse import Namespace
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import trustme
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pysasl import SASLAuth
from pysasl.creds.external import ExternalCredentials
from pysasl.hashing import BuiltinHash

USER, PASSWORD = "register@school.example", "s3cret-p\u00e4ssword"
PROVIDER = "reports@provider.example"
#: What XOAUTH2 brings instead.
TOKEN = "t0ken-that-holds"


class Configuration(Config):
    """As it comes, with XOAUTH2, and without what a test takes away."""

    lacks: frozenset[bytes] = frozenset()

    @property
    def tls_auth(self):
        return SASLAuth.named([b"PLAIN", b"LOGIN", b"XOAUTH2"])

    @property
    def login_capability(self):
        return [name for name in super().login_capability if name not in self.lacks]

    @property
    def initial_capability(self):
        return [name for name in super().initial_capability if name not in self.lacks]


class TokenLogin(Login):
    """As it comes, and takes the token where one is brought, which the server leaves to others."""

    async def authenticate(self, credentials):
        if not isinstance(credentials, ExternalCredentials):
            return await super().authenticate(credentials)
        if credentials._token != TOKEN:
            raise InvalidAuth
        return Identity(credentials.authzid, self, None, set())


@dataclass(frozen=True)
class MailServer:
    """Two ports to one kind of server: TLS from the beginning, and after STARTTLS, each with mailboxes of its own."""

    port: int
    starttls_port: int
    ca_file: str
    config: type[Configuration]

    def settings(self, **changes):
        standard = {
            "host": "localhost",
            "port": self.port,
            "ca_file": self.ca_file,
            "username": USER,
            "password": PASSWORD,
            "senders": [PROVIDER],
            "timeout_seconds": 10.0,
        }
        return {key: value for key, value in (standard | changes).items() if value is not None}

    @contextmanager
    def client(self, folder=None):
        context = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context) as client:
            client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            if folder:
                client.select(folder)
            yield client


@contextmanager
def mail_server(folder: Path):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    config = type("Configuration", (Configuration,), {})
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()

    async def serve():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.pem")
        async with AsyncExitStack() as stack:
            for is_implicit in (True, False):
                server = await _started(config, folder, None if not is_implicit else context)
                ports.append(server.sockets[0].getsockname()[1])
                await stack.enter_async_context(server)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield MailServer(*ports, str(folder / "ca.pem"), config)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _started(config, folder, context):
    args = Namespace(debug=False, passlib_cfg=None, tls=context is None, cert=str(folder / "server.pem"), key=None)
    args.__dict__ |= {"host": ["127.0.0.1"], "port": "0", "proxy_protocol": None, "inherited_sockets": None}
    args.__dict__ |= {"demo_data": False, "demo_user": USER, "demo_password": PASSWORD}
    # One round: what a sign-in costs a real server would be most of what these tests take.
    made = config.from_args(args, hash_context=BuiltinHash(rounds=1))
    login = TokenLogin(made)
    await DictBackend._add_demo_user(made, login)
    made.apply_context()
    answer = ProxyProtocolReader(made.proxy_protocol).get_callback(IMAPServer(login, made))
    return await asyncio.start_server(answer, host="127.0.0.1", port=0, ssl=context)


def mail(*attached, sender=PROVIDER, subject="Attendance", text="Please find attached", **headers):
    """Return a mail with files attached, each a name and its content."""
    made = EmailMessage()
    made["From"], made["Subject"] = sender, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, content in attached:
        raw = content if isinstance(content, bytes) else content.encode()
        made.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()
