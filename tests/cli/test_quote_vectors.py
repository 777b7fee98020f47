"""Every price vector through the command line, in one process: what the price stage says is what `prices quote` prints."""

import json
from decimal import Decimal
from pathlib import Path

from tests.cli.asking import Book, questions
from tools import price_vectors

FIELDS = ("id", "provider", "model", "at", "service_tier", "batch", "speed", "inference_geo", "server_address", "usage")


def test_every_vector_is_quoted_as_the_vendor_charges_it(book: Book, tmp_path: Path) -> None:
    vectors = price_vectors.load()
    lines = ({field: getattr(vector, field) for field in FIELDS} for vector in vectors)
    _, out, errors = book.ask("prices", "quote", questions(tmp_path / "vectors.jsonl", lines))
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [vector.id for vector in vectors], errors
    wrong = {}
    for vector, answer in zip(vectors, answers, strict=True):
        amount = answer.get("amount")
        if vector.usd is None:
            right = amount is None and bool(answer.get("error") or (answer["status"] == "unpriced" and answer["reason"]))
        else:
            right = amount is not None and vector.same(Decimal(amount)) and answer["currency"] == "USD" and bool(answer["source"])
        if not right:
            wrong[vector.id] = (vector.usd, answer)
    assert wrong == {}
