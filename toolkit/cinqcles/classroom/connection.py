"""What links a notebook's page to its kernel: jupyter_server's own, mended for who clicks early.

A learner clicks on « Tout afficher » while the kernel is starting: the page hangs up, and calls
again. jupyter_server 2.21 then keeps the first connection beside the second for a while, which does
two kinds of harm:

- both go by one name, and the kernel listens to the first of that name to reach it: what the page
  asks may never be answered, and nothing is shown;
- a message still in the first is taken for one of an older format, and 3.4 GB are laid out on what
  is read there: more than a Binder session may have.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Connection(ZMQChannelsWebsocketConnection):
    """Leaves the kernel at once when another connection of the same page replaces it."""

    _opening: asyncio.Future[None] | None = None
    _left = False

    async def _register_session(self) -> None:
        replaced = self._open_sessions.get(f"{self.kernel_id}:{self.session.session}")
        await super()._register_session()  # type: ignore[no-untyped-call]
        if replaced and replaced.connection:
            await replaced.connection._leave()

    async def _leave(self) -> None:
        if self._opening:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
            self.disconnect()
        self._left = True

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        if self._left:
            self._opening = asyncio.get_running_loop().create_future()
            self._opening.set_result(None)
        else:
            self._opening = super().connect()
        return self._opening

    def disconnect(self) -> None:  # type: ignore[override]
        if not self._left:
            self._left = True
            super().disconnect()  # type: ignore[no-untyped-call]

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        if self.websocket_handler.ws_connection is not None:  # else the server has hung up
            super().handle_incoming_message(incoming_msg)
