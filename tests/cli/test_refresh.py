"""`otel-tokens prices refresh`: from a folder, over http, from packages; what it refuses; that a crash leaves a whole book."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from otel_tokens.cli.prices import mirror, rows, shelving
from otel_tokens.price import book as bundle
from otel_tokens.price import quote, shelf, watch
from otel_tokens.types import FEMTO, Cost, Served, Usage
from tests.cli import compiled_books
from tests.cli.asking import Book
from tests.cli.compiled_books import Rates
from tests.cli.terminal import Terminal

OPENAI: Rates = {f"model-{number}": ("1", "2") for number in range(10)}


@pytest.fixture
def refreshed(book: Book, tmp_path: Path) -> Path:
    """A small refreshed book in force; where it is."""
    shelving.put(compiled_books.book(tmp_path / "before", {"openai": OPENAI, "cerebras": {"slow": ("1", "1")}}), shelf.folder())
    return shelf.folder()


def newer(folder: Path, *, version: str = "2100-02-02", more: Rates | None = None, **index: Any) -> Path:
    return compiled_books.book(folder, {"openai": OPENAI | (more or {}), "cerebras": {"slow": ("1", "1")}}, version, **index)


def price_of(model: str, seller: str = "openai") -> int | str:
    """A million tokens of input, in USD, as a call would be charged now."""
    shelf.use()
    cost = quote(Usage(10**6, 0), Served(seller, model))
    return cost.total // FEMTO if isinstance(cost, Cost) else cost.reason


def refused(book: Book, *arguments: str | Path) -> str:
    """What it says, on one line, when it changes nothing."""
    code, _, errors = book.ask("prices", "refresh", *arguments)
    assert code == 1
    return " ".join(errors.split())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_checked_shown_and_put_in_force(book: Book, refreshed: Path, tmp_path: Path) -> None:
    found = book.data("prices", "refresh", "--from", newer(tmp_path / "new", more={"model-1": ("2", "2"), "extra": ("7", "8")}))
    assert found["written"] is True
    assert [one["model"] for one in found["added"]] == ["extra"]
    assert [(one["model"], one["leaf"], one["change_percent"]) for one in found["changed"]] == [("model-1", "input", "+100")]
    assert (found["old"]["price_version"], found["new"]["price_version"]) == ("2100-01-01", "2100-02-02")
    assert (price_of("model-1"), price_of("extra")) == (2, 7)
    assert rows.altered(refreshed) == []
    checked = book.data("prices", "check", "--max-age", "0")
    assert (checked["ok"], checked["origin"], checked["price_version"]) == (True, "refreshed", "2100-02-02")
    code, out, _ = book.ask("prices", "refresh", "--from", tmp_path / "new")
    assert (code, "nothing changed" in out, "in force" in out) == (0, True, True)
    code, out, _ = book.ask("prices", "diff", refreshed, tmp_path / "new")
    assert (code, "nothing changed" in out) == (0, True)


def test_the_books_own_folder_is_a_mirror_for_others(book: Book, refreshed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shared"
    shutil.copytree(refreshed, copy)
    assert book.data("prices", "refresh", "--from", copy)["written"] is True


@pytest.mark.parametrize(("price", "jump"), [("5", False), ("5.1", True), ("0.2", False), ("0.19", True), ("0", True)])
def test_a_jump_is_refused_until_it_is_accepted(book: Book, refreshed: Path, tmp_path: Path, price: str, jump: bool) -> None:
    before, new = contents(refreshed), newer(tmp_path / "new", more={"model-3": (price, "2")})
    code, _, errors = book.ask("prices", "refresh", "--from", new)
    assert code == int(jump)
    if not jump:
        return
    assert f"openai/model-3 standard: input 1 → {price}" in errors
    assert "--accept" in errors
    assert contents(refreshed) == before
    code, _, errors = book.ask("prices", "refresh", "--from", new, "--accept")
    assert (code, errors) == (0, "")
    assert shelf.look().refreshed is not None
    assert contents(refreshed) != before


def test_a_seller_that_loses_more_than_a_fifth_of_its_models_is_refused(book: Book, refreshed: Path, tmp_path: Path) -> None:
    fewer = {name: rates for name, rates in OPENAI.items() if name not in ("model-0", "model-1")}
    seven = {name: rates for name, rates in fewer.items() if name != "model-2"}
    slow: dict[str, Rates] = {"cerebras": {"slow": ("1", "1")}}
    lost = compiled_books.book(tmp_path / "seven", {"openai": seven, **slow})
    found = book.data("prices", "refresh", "--from", lost, "--dry-run")
    assert found["refused"] == [{"kind": "vanished", "seller": "openai", "models": 3, "of": 10}]
    assert "openai loses 3 of 10 models" in refused(book, "--from", lost)
    none = compiled_books.book(tmp_path / "none", {"openai": OPENAI})
    assert "cerebras loses 1 of 1 models" in refused(book, "--from", none)
    assert book.data("prices", "refresh", "--from", compiled_books.book(tmp_path / "eight", {"openai": fewer, **slow}))["written"]


def test_older_sources_and_older_books_are_refused(book: Book, refreshed: Path, tmp_path: Path) -> None:
    new = newer(tmp_path / "new", sources={"genai-prices": "1.10.0", "litellm": "2.0"})
    assert book.ask("prices", "refresh", "--from", new)[0] == 0
    older = newer(tmp_path / "older", version="2100-01-31", sources={"genai-prices": "1.9.9", "litellm": "2.0"})
    code, _, errors = book.ask("prices", "refresh", "--from", older)
    assert code == 1
    assert "the book is older than what is in force: 2100-01-31, not 2100-02-02" in errors
    assert "genai-prices is older than what is in force: 1.9.9, not 1.10.0" in errors
    code, _, errors = book.ask("prices", "refresh", "--accept", "--from", newer(tmp_path / "ancient", version="2020-01-01"))
    assert (code, "no call would be priced by it" in errors) == (1, True)


def test_a_dry_run_writes_nothing(book: Book, refreshed: Path, tmp_path: Path) -> None:
    before = contents(refreshed)
    code, out, _ = book.ask("prices", "refresh", "--dry-run", "--from", newer(tmp_path / "new", more={"extra": ("7", "8")}))
    assert (code, "openai/extra" in out, "nothing was written" in out) == (0, True, True)
    assert contents(refreshed) == before


def test_one_seller_alone(book: Book, refreshed: Path, tmp_path: Path) -> None:
    both: dict[str, Rates] = {"openai": OPENAI | {"extra": ("7", "8")}, "cerebras": {"slow": ("2", "2")}}
    new = compiled_books.book(tmp_path / "new", both, "2100-02-02", timestamp=4107000000.0)
    assert book.data("prices", "refresh", "--from", new, "--seller", "openai")["written"]
    assert (price_of("extra"), price_of("slow", "cerebras")) == (7, 1)
    assert shelf.timestamps()["refreshed"] == 4102444800.0  # no younger than the file that stayed
    assert "has no prices of groq" in refused(book, "--from", new, "--seller", "groq")
    assert "unknown provider" in refused(book, "--from", new, "--seller", "nobody")


def spoiled(new: Path, how: str) -> str:
    """What is said about a book that was spoiled so."""
    index = json.loads((new / "index.json").read_text())
    if how == "file":
        (new / "openai.json").write_text((new / "openai.json").read_text().replace('"1"', '"3"', 1))
        return "not the file that its index.json lists"
    if how == "missing":
        (new / "openai.json").unlink()
        return "cannot read"
    if how == "form":
        text = (new / "openai.json").read_text().replace('"rates"', '"prizes"')
        (new / "openai.json").write_text(text)
        index["sellers"]["openai"] = hashlib.sha256(text.encode()).hexdigest()
    said = {
        "format": {"format": 2},
        "names": {"sellers": {"../evil": "0" * 64}},
        "folder": {"folder": "../.."},
        "day": {"version": 5},
    }
    text = "[" if how == "json" else json.dumps(index | said.get(how, {}))
    (new / "index.json").write_text(text)
    return {"format": "does not know", "json": "is not JSON", "form": "not price files of this release"}.get(how, "not the index")


@pytest.mark.parametrize("how", ["file", "missing", "form", "format", "names", "folder", "day", "json"])
def test_a_book_that_is_not_whole_changes_nothing(book: Book, refreshed: Path, tmp_path: Path, how: str) -> None:
    before, new = contents(refreshed), newer(tmp_path / "new")
    problem = spoiled(new, how)
    assert problem in refused(book, "--accept", "--from", new)
    assert contents(refreshed) == before


def test_a_book_of_a_later_release_is_not_used(book: Book, refreshed: Path) -> None:
    index = json.loads((refreshed / "index.json").read_text())
    (refreshed / "index.json").write_text(json.dumps(index | {"format": 2}))
    (problem,) = shelf.use().problems
    assert "format 2, which this release does not know" in problem
    assert price_of("model-1") == "unknown model"


@pytest.mark.parametrize("text", ["[]", "5", "{}", "{", '{"version": 5, "timestamp": 0, "sellers": {}}'])
def test_an_index_that_is_none_is_told_and_costs_nothing(book: Book, refreshed: Path, tmp_path: Path, text: str) -> None:
    (refreshed / "index.json").write_text(text)
    (problem,) = shelf.use().problems
    assert "prices refresh" in problem
    assert price_of("gpt-4.1") == 2
    assert book.ask("prices", "refresh", "--accept", "--from", newer(tmp_path / "new"))[0] == 0
    assert price_of("model-1") == 1


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None: ...


class Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "ftp://localhost/index.json")
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A company's mirror, of `tmp_path/new`."""
    yield from _serve(partial(Quiet, directory=str(tmp_path / "new")))


@pytest.fixture
def elsewhere() -> Iterator[str]:
    yield from _serve(Elsewhere)


def _serve(handler: Any) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_mirror_over_http(book: Book, refreshed: Path, tmp_path: Path, served: str) -> None:
    new = newer(tmp_path / "new", more={"extra": ("7", "8")})
    assert book.data("prices", "refresh", "--from", f"{served}/")["written"] is True
    assert price_of("extra") == 7
    (new / "openai.json").write_bytes(b"x" * (mirror.MOST + 1))
    assert "larger than 16 MB" in refused(book, "--from", served)
    assert "not found" in refused(book, "--from", f"{served}/nowhere")


def test_no_other_scheme_is_followed(book: Book, refreshed: Path, elsewhere: str) -> None:
    assert "not followed" in refused(book, "--from", elsewhere)
    assert "a folder or an http(s) address" in refused(book, "--from", "file:///tmp")
    assert "cannot get" in refused(book, "--from", "http://127.0.0.1:9")


CRASHES = """
import json, os, sys
from pathlib import Path
from otel_tokens.cli.prices import rows, shelving
from otel_tokens.price import book, shelf

new, at = Path(sys.argv[1]), Path(sys.argv[2])
seen, last = 0, 0

def crash(event, arguments):
    global seen
    if last and arguments and str(at) in str(arguments[0]):
        seen += 1
        if seen == last:
            os._exit(9)

sys.addaudithook(crash)
outcomes = []
for step in range(1, 1000):
    child = os.fork()
    if not child:
        last = step
        shelving.put(new, at)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    index, files = book.at(at)
    assert rows.altered(at) == [], step
    assert shelf.look().problems == ()
    outcomes.append(index["version"])
    if code == 0:
        break
print(json.dumps(outcomes))
"""


def test_a_crash_at_any_step_leaves_the_old_book_or_the_new_one(refreshed: Path, tmp_path: Path) -> None:
    """A process is killed at the first thing that it does to the folder, the next one at the second, until one comes through."""
    done = subprocess.run(
        [sys.executable, "-c", CRASHES, newer(tmp_path / "new"), refreshed],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert len(outcomes) > 8
    assert outcomes == sorted(outcomes)
    assert (outcomes[0], outcomes[-1]) == ("2100-01-01", "2100-02-02")


def test_where_it_cannot_write_it_says_so(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    code, _, errors = book.ask("prices", "refresh", "--accept", "--from", newer(tmp_path / "new"))
    assert (code, "cannot write" in errors) == (1, True)


def test_left_over_folders_go_and_the_last_book_stays_for_who_still_reads_it(refreshed: Path, tmp_path: Path) -> None:
    first = bundle.at(refreshed)[1]
    (refreshed / "2099-crashed").mkdir()
    for _ in range(2):
        for folder in refreshed.iterdir():
            if folder.is_dir():
                os.utime(folder, (1, 1))
        before = bundle.at(refreshed)[1]
        shelving.put(newer(tmp_path / "new"), refreshed)
        assert before.exists()
    assert not first.exists()
    assert not (refreshed / "2099-crashed").exists()
    assert len([path for path in refreshed.iterdir() if path.is_dir()]) == 2


def test_a_running_program_takes_up_what_is_refreshed_and_without_a_book_it_has_no_thread(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.01)
    before = set(threading.enumerate())
    watch.start(shelf.ORDER, "")
    assert not set(threading.enumerate()) - before
    assert book.ask("prices", "refresh", "--accept", "--from", newer(tmp_path / "first"))[0] == 0
    watch.start(shelf.ORDER, "")
    try:
        for model in ("extra", "another"):
            assert book.ask("prices", "refresh", "--accept", "--from", newer(tmp_path / model, more={model: ("7", "8")}))[0] == 0
            until = time.monotonic() + 10
            while not isinstance(quote(Usage(10, 0), Served("openai", model)), Cost) and time.monotonic() < until:
                time.sleep(0.01)
            assert isinstance(quote(Usage(10, 0), Served("openai", model)), Cost)
    finally:
        watch.stop()


def test_offline_without_the_packages_says_what_is_missing(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal.otel("prices", "refresh", "--offline", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 1
    assert "is not installed" in done.stderr
    assert "pip install genai-prices litellm" in done.stderr


def test_offline_compiles_what_is_installed(terminal: Terminal, tmp_path: Path) -> None:
    packages = compiled_books.unpacked(tmp_path / "packages")
    cache = str(tmp_path / "cache")
    code, found = _compiled(terminal, "--offline", "--seller", "cerebras", PYTHONPATH=str(packages), XDG_CACHE_HOME=cache)
    assert code == 1
    assert [one["kind"] for one in found["refused"]] == ["vanished"]
    code, found = _compiled(terminal, "--offline", "--accept", PYTHONPATH=str(packages), XDG_CACHE_HOME=cache)
    assert (code, found["written"]) == (0, True)
    assert found["new"]["sources"] == {"genai-prices": "999.1", "litellm": "999.1"}
    assert {one["model"] for one in found["added"] if one["seller"] == "cerebras"} == {"shared", "lone"}
    assert "openai" in found["kept"]
    (left,) = [note for note in found["notes"] if "from-tomorrow" in note]
    assert "thought_waves" in left
    asked = json.dumps({"provider": "cerebras", "model": "shared", "usage": {"input_tokens": 10**6, "cache_read_tokens": 10**6}})
    answer = json.loads(terminal.otel("prices", "quote", text=asked, XDG_CACHE_HOME=cache).stdout)
    assert (answer["amount"], answer["price_version"]) == ("0.1", found["new"]["price_version"])


def _compiled(terminal: Terminal, *arguments: str, **environ: str) -> tuple[int, dict[str, Any]]:
    done = terminal.otel("prices", "refresh", "--json", *arguments, **environ)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_pip_finds_the_newest_where_it_is_told_to_look(terminal: Terminal, tmp_path: Path) -> None:
    wheels = compiled_books.wheels(tmp_path / "wheels")
    where = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    code, found = _compiled(terminal, "--accept", "--seller", "cerebras", **where)
    assert (code, found["written"], found["new"]["sources"]["litellm"]) == (0, True, "999.1")
    for wheel in wheels.glob("litellm*"):
        wheel.unlink()
    done = terminal.otel("prices", "refresh", **where)
    assert done.returncode == 1
    assert "pip could not get litellm" in done.stderr
    assert "--offline" in done.stderr
    assert "--from" in done.stderr
