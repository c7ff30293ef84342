"""Files of a provider whose system nobody has named: whatever exports a table of marks, read through a profile.

Nothing is known of such a system, so nothing is guessed: the provider's own profile and code table decide.
"""

from connectors.drops.settings import FileSettings, connect

__all__ = ["Settings", "connect"]


class Settings(FileSettings, frozen=True, kw_only=True):
    """What ``relay.toml`` says of one provider's files; the profile is the provider's own, so it has to be named."""
