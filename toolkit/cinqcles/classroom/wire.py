"""What is said to a kernel in a box, and heard from it: ZeroMQ sockets, read with bounds.

ZeroMQ's own library takes in whatever it is sent, in messages of any number of parts, and calls
again by itself when it is cut off. Here each byte is counted as it comes, and a kernel is called
once, before any code of a copy has run: nobody cares what answers later at its address.

The protocol is ZMTP 3.0 (https://rfc.zeromq.org/spec/23/), without authentication: a greeting, a
READY command, then frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import Empty
from typing import Any, cast

from jupyter_client.session import Session

_GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_MORE, _LONG, _COMMAND = 1, 2, 4
_PART = 64  # bytes that one part costs beside its own
_MARK = 32  # and one of JSON's marks: each may make a value, many times as large


class Channel(asyncio.Protocol):
    """One of a kernel's sockets, as `nbclient` uses it.

    Parameters
    ----------
    kind
        What this end is: ``DEALER``, or ``SUB`` to hear all that is published.
    hear
        Told of each part, as it comes: bytes that it costs, bytes of its message so far. Where it
        answers False, nothing more is heard.

    Attributes
    ----------
    lost
        What `get_msg` raises once the other end is gone.
    ready
        Set once there can be a message.
    """

    def __init__(
        self,
        session: Session,
        kind: str,
        hear: Callable[[int, int], bool],
        lost: type[BaseException],
    ) -> None:
        self._session, self._kind, self._hear = session, kind.encode(), hear
        self.lost = lost
        self._transport: asyncio.Transport
        self.ready = asyncio.Event()
        self._greeted = False
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._size = 0
        self._messages: asyncio.Queue[list[bytes] | None] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the kernel."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(_GREETING)
        about = ((b"Socket-Type", self._kind), (b"Identity", b""))
        ready = b"".join(
            bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
            for name, value in about
        )
        self._write(_COMMAND, b"\x05READY" + ready)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell whoever listens."""
        self.ready.set()
        self._messages.put_nowait(None)

    def data_received(self, data: bytes) -> None:
        """Take in some bytes, and every frame that is whole with them."""
        self._buffer += data
        if not self._greeted and len(self._buffer) >= len(_GREETING):
            self._greeted = True
            del self._buffer[: len(_GREETING)]
        while self._greeted and self._frame():
            pass

    def _frame(self) -> bool:
        """Take the next frame, if it is whole."""
        start = 9 if self._buffer and self._buffer[0] & _LONG else 2
        if len(self._buffer) < start:
            return False
        flags, size = self._buffer[0], int.from_bytes(self._buffer[1:start], "big")
        whole = len(self._buffer) >= start + size
        body = bytes(self._buffer[start : start + size]) if whole else b""
        cost = _PART + size + _MARK * sum(map(body.count, (b",", b"{", b"["))) if whole else 0
        if not self._hear(cost, self._size + size):
            self.stop()
            return False
        if not whole:
            return False
        del self._buffer[: start + size]
        if flags & _COMMAND:
            if body.startswith(b"\x05READY") and not self.ready.is_set():
                self.ready.set()
                if self._kind == b"SUB":
                    self._write(0, b"\x01")  # whatever is published
            return True
        self._parts.append(body)
        self._size += _PART + size
        if not flags & _MORE:
            self._messages.put_nowait(self._parts)
            self._parts, self._size = [], 0
        return True

    def _write(self, flags: int, body: bytes) -> None:
        length = len(body).to_bytes(8, "big")
        self._transport.write(bytes([flags | _LONG]) + length + body)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        *parts, last = self._session.serialize(message)
        for part in parts:
            self._write(_MORE, part)
        self._write(0, last)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """The next message.

        Raises
        ------
        queue.Empty
            There is none after ``timeout`` seconds.
        """
        try:
            parts = await asyncio.wait_for(self._messages.get(), timeout)
        except TimeoutError:
            raise Empty from None
        if parts is None:
            self._messages.put_nowait(None)  # for whoever asks next
            raise self.lost
        _identities, told = self._session.feed_identities(parts)
        return self._session.deserialize(told)

    async def answers(self, within: float) -> bool:
        """Whether there is a message to get, after ``within`` seconds at most."""
        end = asyncio.get_running_loop().time() + within
        while self._messages.empty() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        return not self._messages.empty()

    def is_alive(self) -> bool:
        """Whether it is open."""
        return not self._transport.is_closing()

    def stop(self) -> None:
        """Close it, and forget what was not listened to."""
        self._buffer.clear()
        self._transport.abort()
