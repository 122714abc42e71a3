"""A client that went up in another one."""

from shared.errors import MergedAway


class ClientIsMerged(MergedAway):
    """The client was merged into another one, which stands for it."""

    code = "client_merged"
