"""Calling addresses that others name: only those that are allowed, and only where they led when they were checked."""

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from grader.problems import InputError
from service.addresses import Reach, async_client, client, is_public

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


class _Answering(BaseHTTPRequestHandler):
    """Says which host it was asked for; ``/away`` leads to another place."""

    def do_GET(self) -> None:
        away = self.path == "/away"
        self.send_response(302 if away else 200)
        if away:
            self.send_header("Location", "http://169.254.169.254/latest")
        said = self.headers["Host"].encode()
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    """Says nothing where a client goes away."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = _Quiet(("127.0.0.1", 0), _Answering)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Port of a server on loopback."""
    with _server() as found:
        yield found


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.1.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.1.1 0.0.0.0 255.255.255.255 224.0.0.1 "
    "192.0.2.1 198.18.0.1 240.0.0.1 192.88.99.1 ::1 :: ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 fe80::1 fc00::1 "
    "fec0::1 ff02::1 2001:db8::1 64:ff9b::a00:1 64:ff9b:1::1 2002:7f00:1:: 2001:0:1::1".split(),
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Private, local, shared, multicast and documentation addresses, and those that hold an IPv4 address."""
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(InputError, match="not public"):
        Reach(resolve=lambda *_: ["8.8.8.8", address]).check("https://calls.example/1.wav")


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"])
def test_addresses_that_are_public(address: str) -> None:
    """Anybody's address on the internet may be called."""
    found = Reach(resolve=lambda *_: [address]).check("https://calls.example/1.wav")
    assert [str(one) for one in found.addresses] == [address]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://calls.example/1.wav", True),
        ("https://CALLS.example.:8443/1.wav", True),
        ("https://a.b.media.example/1", True),
        ("http://plain.example/1", True),
        ("https://media.example/1", False),
        ("https://notmedia.example/1", False),
        ("https://calls.example.evil.example/1", False),
        ("https://calls.example@evil.example/1", False),
        ("https://evil.example#calls.example", False),
        ("https://evil.example\\@calls.example/", False),
        ("http://calls.example/1", False),
        ("ftp://calls.example/1", False),
        ("file:///etc/passwd", False),
        ("calls.example/1", False),
        ("https:///1", False),
        ("https://calls.example\x00/", False),
        ("https://calls.example:0/", False),
        ("https://calls.example:65536/", False),
        ("https://calls.example/\ud800", False),
        ("", False),
    ],
)
def test_which_urls_are_allowed(url: str, *, allowed: bool) -> None:
    """The name must be on the list, by https unless plain http was allowed for it; every refusal says what to do."""
    reach = Reach(
        hosts=["calls.example", "*.media.example", "plain.example"],
        plain=["plain.example"],
        resolve=lambda *_: ["8.8.8.8"],
    )
    if allowed:
        assert reach.check(url).addresses
        return
    with pytest.raises(InputError) as refused:
        reach.check(url, source="recording")
    assert refused.value.problem.source == "recording"
    assert refused.value.problem.remedy


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_loopback_in_other_words_is_found_out(host: str) -> None:
    """However the system spells an address, it is the resolved one that is looked at."""
    with pytest.raises(InputError, match=r"not public|no address"):
        Reach().check(f"https://{host}/")


def test_a_refusal_names_no_more_than_the_host() -> None:
    """Path and query may hold what opens the recording."""
    with pytest.raises(InputError) as refused:
        Reach(hosts=[]).check("https://calls.example/secret-path?token=secret")
    assert "calls.example" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_connection_goes_to_the_address_that_was_checked(port: int) -> None:
    """The server is asked by its name, and the name is resolved once a request, however its address changes."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    reach = Reach(plain=["calls.example"], networks=LOOPBACK, resolve=rebinding)
    with client(reach, timeout=5) as http:
        assert http.get(f"http://calls.example:{port}/").text == f"calls.example:{port}"
        with pytest.raises(InputError, match="not public"):
            http.get(f"http://calls.example:{port}/")
    assert asked == ["calls.example"] * 2


def _get(reach: Reach, url: str) -> httpx.Response:
    with client(reach, timeout=5) as http:
        return http.get(url)


def _get_in_coroutine(reach: Reach, url: str) -> httpx.Response:
    async def get() -> httpx.Response:
        with ThreadPoolExecutor(1) as names:
            async with async_client(reach, names=names, timeout=5) as http:
                return await http.get(url)

    return asyncio.run(get())


Get = Callable[[Reach, str], httpx.Response]
either_client = pytest.mark.parametrize("get", [_get, _get_in_coroutine])


@either_client
def test_another_address_of_the_host_is_tried(port: int, get: Get) -> None:
    """Where the first does not answer, the next one does."""
    reach = Reach(plain=["calls.example"], networks=LOOPBACK, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
    assert get(reach, f"http://calls.example:{port}/").text == f"calls.example:{port}"
    dead = Reach(plain=["calls.example"], networks=LOOPBACK, resolve=lambda *_: ["127.0.0.2"])
    with pytest.raises(httpx.ConnectError):
        get(dead, f"http://calls.example:{port}/")


@either_client
def test_redirects_are_not_followed(port: int, monkeypatch: pytest.MonkeyPatch, get: Get) -> None:
    """Nor is a proxy of the environment asked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    reach = Reach(plain=["calls.example"], networks=LOOPBACK, resolve=lambda *_: ["127.0.0.1"])
    assert get(reach, f"http://calls.example:{port}/away").status_code == 302


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate for a host, signed by itself; gives its file and the key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "invented")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@either_client
def test_the_certificate_must_be_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, get: Get
) -> None:
    """Though the connection goes to an address, it is the host's name that the certificate is checked against."""
    certificate, key = _certificate(tmp_path, "calls.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reach = Reach(networks=LOOPBACK, resolve=lambda *_: ["127.0.0.1"])
    with _server(context) as port:
        assert get(reach, f"https://calls.example:{port}/").text == f"calls.example:{port}"
        for host in ("evil.example", "127.0.0.1"):
            with pytest.raises(httpx.ConnectError, match="certificate"):
                get(reach, f"https://{host}:{port}/")
