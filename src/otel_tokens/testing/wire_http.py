"""HTTP/1.1 for the loopback server: reads a request, sends an answer plain or chunked, and can cut, delay and compress it."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final, cast

from otel_tokens.testing.wire import Answer, Seen, Style, as_dict
from otel_tokens.testing.wire_amazon import amazon_frame

CUT_PIECE: Final = 64  # bytes of a plain body that count as one chunk for cut_after
FRAMED: Final = ("aws", "converse")
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


class Loopback(ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1: `answer` says what goes back, `pace` is in seconds."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, answer: Callable[[Seen], Answer], pace: float) -> None:
        self.answer = answer
        self.pace = pace
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._thread = threading.Thread(target=self._serve, name="loopback-vendor", daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own also asks the resolver for the host's name, which may take seconds
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def _serve(self) -> None:
        while not self.closing.is_set():
            self.handle_request()

    def stop(self) -> None:
        """Cut all connections and free the port; a second call does nothing."""
        if self.closing.is_set():
            return
        self.closing.set()
        socket.create_connection(("127.0.0.1", self.server_port)).close()  # wakes the thread that waits for one
        self._thread.join()
        self.server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            _hang_up(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that has gone away is no error of ours
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Connection(BaseHTTPRequestHandler):
    """One kept-alive connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _loopback(self) -> Loopback:
        return cast("Loopback", self.server)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Nothing is logged: `Vendor.requests` has it all."""

    def _exchange(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self._loopback.answer(Seen(self.command, self.path, headers, self._read()))
        if answer.delay:
            self._loopback.closing.wait(answer.delay)
        if answer.events is None:
            self._plain(answer)
        else:
            self._stream(answer)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _exchange

    def _read(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _head(self, answer: Answer, **more: str) -> bytes:
        headers = {"content-type": answer.content_type, **({"content-encoding": "gzip"} if answer.gzip else {})}
        headers |= {name.replace("_", "-"): value for name, value in more.items()} | answer.headers
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}", *(f"{k}: {v}" for k, v in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _plain(self, answer: Answer) -> None:
        body = answer.body if answer.body is not None else b"" if answer.json is None else json.dumps(answer.json).encode()
        body = gzip.compress(body) if answer.gzip else body
        head = self._head(answer, content_length=str(len(body)))
        if answer.cut_after is not None:
            self._cut(head + body[: min(answer.cut_after * CUT_PIECE, len(body) - 1)])
        else:
            self.wfile.write(head + body)

    def _stream(self, answer: Answer) -> None:
        framed = answer.style in FRAMED
        answer.content_type = "application/vnd.amazon.eventstream" if framed else "text/event-stream; charset=utf-8"
        self.wfile.write(self._head(answer, transfer_encoding="chunked", cache_control="no-cache"))
        for number, chunk in enumerate(_chunks(answer)):
            if number == answer.cut_after:
                self._cut(b"")
                return
            if number and self._loopback.pace and self._loopback.closing.wait(self._loopback.pace):
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self, last: bytes) -> None:
        self.wfile.write(last)
        self.close_connection = True


def _chunks(answer: Answer) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31) if answer.gzip else None
    for event in answer.events or ():
        chunk = _frame(event, answer.style)
        yield chunk if packer is None else packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
    if packer is not None:
        yield packer.flush()


def _frame(event: object, style: Style) -> bytes:
    if isinstance(event, bytes):
        return event
    if isinstance(event, str):
        return event.encode()
    if style in FRAMED:
        return amazon_frame(event, style)
    kind = as_dict(event).get("type")
    named = f"event: {kind}\n" if style == "event" and kind else ""
    return f"{named}data: {json.dumps(event)}\n\n".encode()
