"""A client that puts a server under load: ``python -m tests.bench.load URL PATH CLIENTS REQUESTS KEY < body.json``.

Each client keeps one connection and sends the body again and again, ``{id}`` in it replaced by a new name. Prints rate,
latencies and failures as JSON. Bare sockets, so that the client is not what is measured.
"""

import asyncio
import json
import sys
import time
from statistics import quantiles
from urllib.parse import urlsplit


async def _client(host: str, port: int, requests: list[bytes], took: list[float]) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    failures = 0
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        failures += not head.startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()
    return failures


async def _load(url: str, path: str, *, clients: int, count: int, key: str, body: str) -> dict[str, float]:
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None

    def request(name: str) -> bytes:
        content = body.replace("{id}", name).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    run = time.time_ns()
    shares = [[request(f"{run}-{n}") for n in range(client, count, clients)] for client in range(clients)]
    took: list[float] = []
    began = time.perf_counter()
    failures = await asyncio.gather(
        *(_client(address.hostname, address.port, share, took) for share in shares)
    )
    seconds = time.perf_counter() - began
    cuts = quantiles(took, n=100)
    return {
        "rate": count / seconds,
        "p50": 1000 * cuts[49],
        "p99": 1000 * cuts[98],
        "failures": sum(failures),
    }


def main() -> None:
    """Run with the command line's arguments."""
    url, path, clients, count, key = sys.argv[1:]
    body = sys.stdin.read()
    found = asyncio.run(_load(url, path, clients=int(clients), count=int(count), key=key, body=body))
    print(json.dumps(found))


main()
