"""How two runs of a vendor's own suite are compared."""

from tools.transparency.compare import compare, suspects

BARE = {"steady": "passed", "broken": "failed", "left out": "skipped", "ours": "passed", "shaky": "passed", "gone": "passed"}
WITH_US = {"steady": "passed", "broken": "passed", "left out": "skipped", "ours": "failed", "shaky": "failed"}


def test_what_passes_bare_and_not_with_us_is_suspect_even_when_it_vanished() -> None:
    assert suspects(BARE, WITH_US) == ["gone", "ours", "shaky"]


def test_a_suspect_that_fails_again_with_us_and_passes_again_bare_is_newly_failing() -> None:
    again = {"ours": "passed", "shaky": "passed", "gone": "passed"}
    found = compare(BARE, WITH_US, again, {"ours": "failed", "shaky": "passed"})
    assert found.newly_failing == ["gone", "ours"]
    assert found.flaky == ["shaky"]


def test_a_suspect_that_fails_bare_the_second_time_is_flaky() -> None:
    found = compare({"shaky": "passed"}, {"shaky": "failed"}, {"shaky": "failed"}, {"shaky": "failed"})
    assert (found.newly_failing, found.flaky) == ([], ["shaky"])


def test_a_suspect_that_did_not_run_again_is_newly_failing() -> None:
    assert compare(BARE, WITH_US, {}, {}).newly_failing == ["gone", "ours", "shaky"]


def test_a_skip_that_only_we_cause_is_a_failure() -> None:
    found = compare({"test": "passed"}, {"test": "skipped"}, {"test": "passed"}, {"test": "skipped"})
    assert found.newly_failing == ["test"]


def test_what_passes_only_with_us_is_reported_and_nothing_else_counts() -> None:
    found = compare(BARE, WITH_US, {}, {})
    assert found.newly_passing == ["broken"]
    assert (found.bare["passed"], found.with_us["passed"], found.with_us["skipped"]) == (4, 2, 1)
    assert compare(BARE, BARE, {}, {}).newly_failing == []
