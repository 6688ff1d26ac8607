"""A scripted HTTP server for the adapters."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from crm_script import Script, serve


@pytest.fixture
def script() -> Iterator[Script]:
    listener = socket.create_server(("127.0.0.1", 0))
    script = Script(f"http://127.0.0.1:{listener.getsockname()[1]}")
    thread = threading.Thread(target=serve, args=(listener, script), daemon=True)
    thread.start()
    yield script
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)
