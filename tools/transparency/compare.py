"""Two runs of one suite, compared test by test."""

from collections import Counter
from dataclasses import dataclass

Outcomes = dict[str, str]
"""Test id to passed, failed or skipped."""


@dataclass(frozen=True)
class Comparison:
    """The verdict on one SDK: how many came out how, and which changed."""

    bare: Counter[str]
    with_us: Counter[str]
    newly_failing: list[str]
    newly_passing: list[str]
    flaky: list[str]


def suspects(bare: Outcomes, with_us: Outcomes) -> list[str]:
    """The tests that pass bare and do not pass with us; one that has vanished is one of them."""
    return sorted(test for test, outcome in bare.items() if outcome == "passed" and with_us.get(test) != "passed")


def compare(bare: Outcomes, with_us: Outcomes, bare_again: Outcomes, with_us_again: Outcomes) -> Comparison:
    """The verdict after the suspects have run once more, both ways: one that changes its mind either way is flaky."""
    doubted = suspects(bare, with_us)
    flaky = [test for test in doubted if bare_again.get(test, "passed") != "passed" or with_us_again.get(test) == "passed"]
    return Comparison(
        bare=Counter(bare.values()),
        with_us=Counter(with_us.values()),
        newly_failing=[test for test in doubted if test not in flaky],
        newly_passing=suspects(with_us, bare),
        flaky=flaky,
    )
