"""Every vector of tests/price/vectors through the price stage: what a vendor charges is what we say, to the last digit."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest

from otel_tokens.price import quote, seller_named
from otel_tokens.types import FEMTO, Cost, Served, Unpriced, Usage
from tools import price_vectors
from tools.price_vectors import Vector

VECTORS = price_vectors.load()


def served(vector: Vector) -> Served:
    stamp = int(datetime.fromisoformat(vector.at).timestamp()) * 10**9
    seller = seller_named(vector.provider) or vector.provider
    return Served(
        seller, vector.model, vector.server_address, vector.service_tier, vector.batch, vector.speed, vector.inference_geo, stamp
    )


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_vector(vector: Vector) -> None:
    found = quote(Usage(**vector.usage), served(vector))
    if vector.usd is None:
        assert isinstance(found, Unpriced), found
        assert found.reason
    else:
        assert isinstance(found, Cost), found
        assert vector.same(Decimal(found.total) / FEMTO), (Decimal(found.total) / FEMTO, found)


@pytest.mark.parametrize("vector", [each for each in VECTORS if each.usd is not None], ids=lambda vector: vector.id)
def test_the_expected_amount_is_the_sum_that_the_file_shows(vector: Vector) -> None:
    assert vector.same(price_vectors.worked_out(vector.work))


def test_there_are_enough_of_them_and_each_has_its_own_name() -> None:
    assert len(VECTORS) >= 400
    assert [name for name, count in Counter(vector.id for vector in VECTORS).items() if count > 1] == []


def test_the_four_quarters_of_the_article_are_35_dollars_exactly() -> None:
    quarters = [vector for vector in VECTORS if "quarter" in vector.id]
    assert len(quarters) == 4
    found = [quote(Usage(**vector.usage), served(vector)) for vector in quarters]
    assert sum(cost.total for cost in found if isinstance(cost, Cost)) == 35 * FEMTO


@pytest.mark.parametrize(
    ("work", "dollars"), [("0.5*3 + 2*3.75 + 8*0.3", "11.4"), ("(0.1*5)*1.1", "0.55"), ("1*2 - 0.5", "1.5"), ("3/4*2", "1.5")]
)
def test_the_little_arithmetic(work: str, dollars: str) -> None:
    assert price_vectors.worked_out(work) == Decimal(dollars)
