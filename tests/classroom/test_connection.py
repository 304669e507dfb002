"""What links a page to its kernel, when the page hangs up early and calls again."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from cinqcles.classroom.workspace import SERVER_LOG
from conftest import Lab

MEBIBYTE = 2**20


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path / "travail", {})
    yield lab
    lab.kill()


def post(lab: Lab, path: str) -> bytes:
    request = Request(f"{lab.address}/api/{path}", b"{}", {"Authorization": f"token {lab.token}"})
    with urlopen(request) as answer:
        content: bytes = answer.read()
    return content


class Line:
    """A connection to a kernel, which does not answer when it is hung up on."""

    def __init__(self, lab: Lab, kernel: str) -> None:
        where = urlsplit(lab.address)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=60)
        asked = (
            f"GET /api/kernels/{kernel}/channels?session_id=one-page&token={lab.token} HTTP/1.1",
            f"Host: {where.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org",
        )
        self.socket.sendall("\r\n".join([*asked, "", ""]).encode())
        self.got = b""
        while b"\r\n\r\n" not in self.got:
            self.got += self.socket.recv(1)
        assert self.got.startswith(b"HTTP/1.1 101 ")

    def ask(self) -> None:
        """Ask the kernel what it is, as a page does first."""
        header = {
            "msg_id": os.urandom(8).hex(),
            "msg_type": "kernel_info_request",
            "session": "one-page",
            "username": "ada",
            "version": "5.4",
            "date": datetime.now(UTC).isoformat(),
        }
        message = serialize_msg_to_ws_v1(
            [json.dumps(header).encode(), b"{}", b"{}", b"{}"], "shell"
        )
        content = b"".join(message) if isinstance(message, list) else bytes(message)
        # One frame of bytes, its length on two bytes, under a mask that changes nothing.
        self.socket.sendall(struct.pack("!BBH4s", 0x82, 0x80 | 126, len(content), b"") + content)

    def close(self) -> None:
        self.socket.close()

    def answer(self) -> bytes:
        """All that came, up to the kernel's answer."""
        while b'"kernel_info_reply"' not in self.got:
            came = self.socket.recv(65_536)
            assert came, self.got[-2000:]
            self.got += came
        return self.got


def largest(lab: Lab) -> int:
    """The most memory the server ever took, in bytes."""
    peak = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if str(lab.folder).encode() in command:
                status = (process / "status").read_text(encoding="utf-8")
                peak = max(peak, int(status.split("VmHWM:")[1].split()[0]) * 1024)
        except OSError:
            continue  # it has ended
    return peak


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is read where Linux tells it")
def test_a_page_that_calls_again_is_answered(lab: Lab) -> None:
    kernel = json.loads(post(lab, "kernels"))["id"]
    with closing(Line(lab, kernel)) as first:
        post(lab, f"kernels/{kernel}/restart")
        with closing(Line(lab, kernel)) as second:
            first.ask()
            second.ask()
            assert b'"language_info"' in second.answer()
    log = (lab.folder / SERVER_LOG).read_text(encoding="utf-8")
    assert "Replacing stale connection" in log
    assert "Uncaught exception" not in log
    assert 0 < largest(lab) < 600 * MEBIBYTE  # 3,400 when the first is still read
