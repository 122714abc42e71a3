"""From which address a stranger calls, as far as that can be believed."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

#: The smallest piece of IPv6 that is handed out: whoever has one address of it has all of them.
_IPV6_BITS = 64


def caller_address(peer: str, forwarded_for: Iterable[str], trusted_proxies: Collection[Network]) -> str:
    """Return the address to count a call by; an IPv6 address stands for its /64.

    Each proxy appends whom it was called by, so the list is read from its end, as far as our own proxies wrote it; what
    stands before that anybody may have made up.

    Args:
        peer: Who opened the connection.
        forwarded_for: Values of the `X-Forwarded-For` fields, in their order.
        trusted_proxies: Networks of our own proxies.
    """
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    address = _parsed(peer)
    while hops and address is not None and _is_in(address, trusted_proxies):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_BITS), strict=False))
    return peer if address is None else str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_in(address: IPv4Address | IPv6Address, networks: Collection[Network]) -> bool:
    return any(address in network for network in networks)
