"""Reads tests/price/vectors/*.toml: calls with the amount that their vendor charges, worked out by hand from its page.

A file is one group: `group`, `source`, `provider` and `at` hold for every vector that does not say otherwise. A vector has the
fields of a line of `otel-tokens prices quote`, then `usd` (and `work`: that sum, in dollars, tokens in millions) or `unpriced`.
"""

import ast
import operator
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "price" / "vectors"
OTHERS = VECTORS / "others.json"
DIFFERENCES = VECTORS / "differences.toml"
_SIGNS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


class Vector(NamedTuple):
    """One call and its price, as the file says."""

    id: str
    """File and name: `deepseek/v4-pro Monday`."""
    group: str
    source: str
    provider: str
    at: str
    model: str
    usage: dict[str, int]
    service_tier: str | None = None
    batch: bool = False
    speed: str | None = None
    inference_geo: str | None = None
    server_address: str | None = None
    usd: Decimal | None = None
    """None: it must have no price."""
    work: str = ""
    places: int | None = None
    """How many decimal places are compared, where a rate by the second never ends."""
    why: str = ""

    def same(self, amount: Decimal) -> bool:
        """Whether an amount is the expected one."""
        return amount == self.usd if self.places is None else round(amount, self.places) == self.usd


def load() -> list[Vector]:
    """Every vector, file by file in the order of their names."""
    found: list[Vector] = []
    for path in sorted(VECTORS.glob("*.toml")):
        if path == DIFFERENCES:
            continue
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = said.pop("vectors")
        found += [vector(path.stem, {**said, **row}) for row in rows]
    return found


def vector(stem: str, row: dict[str, Any]) -> Vector:
    """One row of a file; a field that nobody knows is an error, and so is a row that states both or neither outcome."""
    row = {**row, "id": f"{stem}/{row['id']}"}
    if (row.pop("unpriced", False) is True) == ("usd" in row):
        raise ValueError(f"{row['id']}: say either usd or unpriced")
    if "usd" in row:
        row["usd"] = Decimal(row["usd"])
    return Vector(**row)


def worked_out(work: str) -> Decimal:
    """The sum of a `work` line: numbers, + - * / and brackets, exact."""

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return _SIGNS[type(node.op)](value(node.left), value(node.right))
        return Decimal(ast.get_source_segment(work, node) or "")

    return value(ast.parse(work, mode="eval").body)
