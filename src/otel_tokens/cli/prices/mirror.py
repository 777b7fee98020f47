"""A price book that somebody else compiled, from a folder or over http: copied only when every file has the index's digest."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from otel_tokens.cli.screen import Problem
from otel_tokens.price.book import FORMAT, INDEX, Book
from otel_tokens.version import VERSION

SECONDS = 30.0
"""Without a byte; then a server is given up."""
MOST = 16 * 2**20
"""The most bytes of one file; the largest of ours has a quarter of a million."""
MOST_SELLERS = 2000
NAME = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*")
DIGEST = re.compile(r"[0-9a-f]{64}")
Read = Callable[[str], bytes]


def copy(origin: str, sellers: list[str], keep: Path, out: Path) -> None:
    """Writes the book into a new folder; with sellers named only theirs of it, and the other files of `keep`. Raises Problem."""
    read = _reader(origin)
    text = read(INDEX)
    index = _index(origin, text)
    out.mkdir()
    place = f"{folder}/" if (folder := index.pop("folder", "")) else ""
    if missing := sorted(set(sellers) - index["sellers"].keys()):
        raise Problem(f"{origin} has no prices of {', '.join(missing)}: leave out --seller, or name others.")
    for seller, digest in index["sellers"].items():
        if sellers and seller not in sellers:
            continue
        found = read(f"{place}{seller}.json")
        if hashlib.sha256(found).hexdigest() != digest:
            raise Problem(f"{seller}.json of {origin} is not the file that its {INDEX} lists: nothing was changed.")
        (out / f"{seller}.json").write_bytes(found)
    if sellers:
        _complete(index, keep, out)
    (out / INDEX).write_text(json.dumps(index), "utf-8")


def _complete(index: dict[str, Any], keep: Path, out: Path) -> None:
    """The other sellers' files as they are; the book is then no younger than the oldest of them."""
    for file in keep.glob("*.json"):
        if file.name != INDEX and not (out / file.name).exists():
            (out / file.name).write_bytes(file.read_bytes())
            day = datetime.fromisoformat(Book.parse(file.read_text("utf-8")).header["version"]).replace(tzinfo=UTC)
            index["timestamp"] = min(index["timestamp"], day.timestamp())
    index["sellers"] = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(out.glob("*.json"))}


def _index(origin: str, text: bytes) -> dict[str, Any]:
    """What the index says, once it is sure to name files of a book and nothing else."""
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise Problem(f"{INDEX} of {origin} is not JSON: {error}") from None
    index = cast("dict[str, Any]", found if isinstance(found, dict) else {})
    form = index.get("format", FORMAT)
    if not isinstance(form, int) or form > FORMAT:
        raise Problem(f"{origin} has format {form}, which this release does not know.\n→ pip install --upgrade otel-tokens")
    listed: Any = index.get("sellers")
    sellers = cast("dict[Any, Any]", listed if isinstance(listed, dict) else {})
    sound = 0 < len(sellers) <= MOST_SELLERS and all(
        NAME.fullmatch(str(name)) and DIGEST.fullmatch(str(digest)) for name, digest in sellers.items()
    )
    folder = index.get("folder", "here")
    dated = re.fullmatch(r"\d{4}-\d\d-\d\d", str(index.get("version"))) and isinstance(index.get("timestamp"), int | float)
    if not sound or not dated or not NAME.fullmatch(str(folder)):
        raise Problem(f"{INDEX} of {origin} is not the index of a price book: docs/price-files.md says what is in one.")
    return index


def _reader(origin: str) -> Read:
    scheme = urlsplit(origin).scheme
    if scheme in ("http", "https"):
        return lambda name: _get(f"{origin.rstrip('/')}/{name}")
    if "://" in origin:
        raise Problem(f"--from takes a folder or an http(s) address, not {origin}")
    return lambda name: _file(Path(origin) / name)


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _whole(str(path), file.read(MOST + 1))
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}. --from wants {INDEX} and the files that it lists.") from None


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """A redirect stays at http, or goes up to https; never down, and never to a file."""

    def redirect_request(  # noqa: PLR0917 - urllib calls it so
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in {req.type, "https"}:
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _get(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"User-Agent": f"otel-tokens/{VERSION}"})  # noqa: S310 - http(s), see _reader
    try:
        with urllib.request.build_opener(_SameScheme).open(request, timeout=SECONDS) as answer:
            return _whole(address, answer.read(MOST + 1))
    except (OSError, HTTPException, ValueError) as error:  # URLError and timeouts are OSErrors
        raise Problem(f"cannot get {address}: {getattr(error, 'reason', None) or error}") from None


def _whole(where: str, found: bytes) -> bytes:
    if len(found) > MOST:
        raise Problem(f"{where} is larger than {MOST // 2**20} MB: that is no price file.")
    return found
