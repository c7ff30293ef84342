"""Which peers are trusted over TLS, and which host is this machine."""

import ipaddress
import ssl

import httpx


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, where messages may go without TLS."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return a context that verifies the peer; ``ca_file`` adds an authority, such as a council's own."""
    context = httpx.create_ssl_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
