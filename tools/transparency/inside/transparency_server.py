"""A mock API server for an SDK's own suite: what the SDK's resource methods expect is what it answers.

The method, path and return type of every request are read from the source of the SDK's resources. Runs inside the SDK's
environment, in a process of its own: `python transparency_server.py openai` prints the port and serves until it is ended.
"""

import ast
import functools
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from transparency_bodies import body, variants

Unknown = dict[Literal["text"], str]  # where the return type is computed: the audio methods, whose answers have a text
VERBS = {"_get": "GET", "_get_api_list": "GET", "_post": "POST", "_put": "PUT", "_patch": "PATCH", "_delete": "DELETE"}


class Route(NamedTuple):
    verb: str
    path: str
    kind: Any
    chunk: Any  # of a stream; None when the method has no stream

    def matches(self, verb: str, path: str) -> bool:
        return self.verb == verb and pattern(self.path).fullmatch(path) is not None


@functools.cache
def pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{.*?\\}", "[^/?]+", re.escape(path)))


def routes(sdk: str) -> tuple[Route, ...]:
    """Everything the SDK can ask for, fixed paths before templates."""
    package = importlib.import_module(f"{sdk}.resources")
    found: list[Route] = []
    for info in pkgutil.walk_packages(package.__path__, f"{sdk}.resources."):
        module = importlib.import_module(info.name)
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        found.extend(read_routes(ast.parse(source), vars(module)))
    return tuple(sorted(dict.fromkeys(found), key=lambda route: route.path.count("{")))


def read_routes(tree: ast.AST, names: dict[str, Any]) -> Iterator[Route]:
    for node in ast.walk(tree):
        verb = VERBS.get(node.func.attr) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if verb is None or not isinstance(node, ast.Call) or not node.args:
            continue
        words = {word.arg: word.value for word in node.keywords}
        path, chunk = text(node.args[0]), words.get("stream_cls")
        if "method" in words:
            verb = str(evaluate(words["method"], names)).upper()
        if path is not None:
            kind = evaluate(words.get("page") or words.get("cast_to"), names)
            yield Route(verb, path, kind, chunk and (get_args(evaluate(chunk, names)) or (dict,))[0])


def text(node: ast.expr) -> str | None:
    """The path a resource method asks for, with {} where it puts a value in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Call) and node.args:
        return text(node.args[0])
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) or "{}" if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def evaluate(node: ast.expr | None, names: dict[str, Any]) -> Any:
    try:
        return dict if node is None else eval(ast.unparse(node), dict(names))  # noqa: S307 - the SDK's own source
    except NameError:  # the type depends on a parameter
        return Unknown


@functools.cache
def find(known: tuple[Route, ...], verb: str, path: str, beta: bool) -> Route | None:
    """The route of a request, of several the one on the side of beta that it asks for, by a header or in its query."""
    place, _, query = path.partition("?")
    for each in (f"{place}?beta=true", place) if "beta=true" in query else (place,):
        fitting = [route for route in known if route.matches(verb, each)]
        if fitting:
            return next((route for route in fitting if beta == (".beta." in str(route.kind))), fitting[0])
    return None


@functools.cache
def answer(route: Route | None, sent_model: str, streaming: bool) -> tuple[str, bytes]:
    """Content type and body of one answer. It comes from the model that was asked, so that it can be priced."""
    kind = route.kind if route else dict
    name = getattr(kind, "__name__", "")
    if route and route.chunk and streaming:
        return "text/event-stream", b"".join(event(body(chunk)) for chunk in variants(route.chunk)) + b"data: [DONE]\n\n"
    if "Decoder" in name:
        return "application/x-jsonl", json.dumps(body(get_args(kind)[0])).encode() + b"\n"
    if "Binary" in name:
        return "application/binary", b"\x00\x01"
    if kind is str:
        return "text/plain", b"str"
    data = body(kind)
    if sent_model and isinstance(data, dict) and isinstance(data.get("model"), str):
        data["model"] = sent_model
    return "application/json", b"" if data is None else json.dumps(data).encode()


def event(data: Any) -> bytes:
    head = f"event: {data['type']}\n" if isinstance(data, dict) and "type" in data else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


class Mock(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets; together with delayed acknowledgements that is 40 ms
    known: tuple[Route, ...]

    def do_any(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0))
        streaming = re.search(rb'"stream": ?true|name="stream"\r\n\r\ntrue', sent) is not None
        beta = any(name.endswith("-beta") for name in map(str.lower, self.headers))
        route = find(self.known, self.command, self.path, beta)
        if route is None:
            print("no route:", self.command, self.path, file=sys.stderr)
        model = re.search(rb'"model": ?"([^"]+)"', sent)
        content_type, data = answer(route, model[1].decode() if model else "", streaming)
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    Mock.known = routes(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mock)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
