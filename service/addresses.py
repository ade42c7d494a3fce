"""Whom the service calls on others' behalf: an address is checked, and the connection is made to the one checked.

A URL from outside must not make the service ask what only it can reach (server-side request forgery, OWASP API7:2023).
The name is resolved once: a name server that answers otherwise a moment later (DNS rebinding) is not asked again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, TypeAlias

import httpx

from grader.problems import InputError, Problem

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host, in the order in which to try them; raises OSError where there are none."""

_PORTS: Final = {"http": 80, "https": 443}

_NOT_PUBLIC: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64: what it leads to is an IPv4 address of any kind
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local
    )
)
"""What ``ipaddress`` calls global in some version of Python, and leads elsewhere."""


def resolved(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host.

    Raises:
        OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A URL that may be called, and where."""

    url: httpx.URL
    host: str
    addresses: tuple[Address, ...]
    """In the order in which to try them; one at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which hosts may be called."""

    hosts: Sequence[str] | None = None
    """Names (``calls.example``, ``*.calls.example`` for those below); None lets every name through."""
    plain: Sequence[str] = ()
    """Names that may be called by http as well."""
    networks: Sequence[Network] = ()
    """Networks that may be called though they are not public."""
    resolve: Resolver = resolved

    def check(self, url: str | httpx.URL, *, source: str = "url") -> Destination:
        """Tell where a URL leads, if it may be called.

        Args:
            url: what is to be called.
            source: the field it stands in, for the problem.

        Raises:
            InputError: it may not be called; the message names the host alone, for a URL's query may hold secrets.
        """
        parsed = _parsed(url, source)
        host = _name(parsed)
        if self.hosts is not None and not _listed(host, self.hosts):
            raise InputError(_refusal(source, f"The host {host} is not on the list of those allowed."))
        if parsed.scheme == "http" and not _listed(host, self.plain):
            raise InputError(_refusal(source, f"The host {host} may be called by https only."))
        addresses = self._addresses(host, parsed.port or _PORTS[parsed.scheme], source)
        return Destination(url=parsed, host=host, addresses=addresses)

    def _addresses(self, host: str, port: int, source: str) -> tuple[Address, ...]:
        try:
            addresses = tuple(ipaddress.ip_address(found) for found in self.resolve(host, port))
        except (OSError, ValueError):
            addresses = ()
        if not addresses:
            raise InputError(_refusal(source, f"The host {host} has no address.", "Check how it is spelt."))
        if not all(self._may_call(address) for address in addresses):
            # One of several is enough: nobody can say which of them the name is meant to lead to.
            raise InputError(_refusal(source, f"The host {host} has an address that is not public."))
        return addresses

    def _may_call(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self.networks)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to somebody on the internet, and to nobody else."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return address.is_global and not special and not any(address in network for network in _NOT_PUBLIC)


def client(reach: Reach, *, timeout: float | httpx.Timeout) -> httpx.Client:
    """Give a client that calls only what it may, at the very address that was checked.

    It follows no redirects, takes no proxy from the environment and keeps no connection: one that is open to a host
    would serve another at the same address, whose certificate nobody has looked at. What may not be called raises
    ``InputError`` out of the request.
    """
    return httpx.Client(transport=_Checked(reach), timeout=timeout, follow_redirects=False, trust_env=False)


def async_client(reach: Reach, *, names: Executor, timeout: float | httpx.Timeout) -> httpx.AsyncClient:
    """Give a client like ``client``'s for coroutines; ``names`` is where hosts are looked up, which may take long."""
    return httpx.AsyncClient(
        transport=_AsyncChecked(reach, names), timeout=timeout, follow_redirects=False, trust_env=False
    )


class _Checked(httpx.BaseTransport):
    """Sends each request to an address of its host that was checked."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        # The environment names the certificates that are trusted (SSL_CERT_FILE), and nothing else.
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the Host header and the certificate are those of the name."""
        destination = self._reach.check(request.url)
        refused: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for located in _located(request, destination):
            try:
                return self._inner.handle_request(located)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error  # nothing was sent: another address of the host may answer
        raise refused or httpx.ConnectError("The host has no address.")

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()


class _AsyncChecked(httpx.AsyncBaseTransport):
    """Does what ``_Checked`` does, for coroutines."""

    def __init__(self, reach: Reach, names: Executor) -> None:
        self._reach = reach
        self._names = names
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the Host header and the certificate are those of the name."""
        loop = asyncio.get_running_loop()
        destination = await loop.run_in_executor(self._names, self._reach.check, request.url)
        refused: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for located in _located(request, destination):
            try:
                return await self._inner.handle_async_request(located)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
        raise refused or httpx.ConnectError("The host has no address.")

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def _located(request: httpx.Request, destination: Destination) -> Iterator[httpx.Request]:
    """Give the request to each address in turn."""
    for address in destination.addresses:
        yield httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": destination.host},
        )


def _parsed(url: str | httpx.URL, source: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise InputError(_refusal(source, "This is no URL.", "Write https://HOST/PATH.")) from None
    if parsed.scheme not in _PORTS or not parsed.host:
        raise InputError(
            _refusal(source, "The URL does not begin with https:// and a host.", "Write https://HOST/PATH.")
        )
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise InputError(
            _refusal(source, f"{parsed.port} is no port.", "Give one between 1 and 65535, or none for 443.")
        )
    if parsed.userinfo:
        raise InputError(
            _refusal(source, "The URL holds a name or a password.", "Leave out what stands before the @.")
        )
    return parsed


def _name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


def _listed(host: str, names: Sequence[str]) -> bool:
    return any(
        host.endswith(name[1:].lower()) if name.startswith("*.") else host == name.lower() for name in names
    )


def _refusal(
    source: str, problem: str, remedy: str = "Give another, or let the operator allow it."
) -> Problem:
    return Problem(source=source, place=None, problem=problem, remedy=remedy)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
