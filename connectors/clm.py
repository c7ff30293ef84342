"""CLM (Collaborative Learning Manager): files. No public interface or export layout of CLM is known.

The profiles ``clm-long`` and ``clm-wide`` are this project's proposal; each provider's own file decides.
"""

from connectors.drops.settings import FileSettings, connect

__all__ = ["Settings", "connect"]


class Settings(FileSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one provider's files."""

    profile: str = "clm-long"
