"""The promises that Bedrock can keep, by botocore and by aiobotocore, on the real SDKs over loopback HTTP.

Those that are not here ask for what AWS has not (`with_options`, raw responses, stream helpers, an exception with a status):
what stands behind them is asked in AWS's own words in test_botocore.py.
"""

from typing import Any

import pytest

from tests.providers import promises
from tests.providers.botocore.case import ASYNC_CASES, CASES, AwsKit
from tests.providers.kit import Case, keep
from tests.providers.promises import ASYNC_ONLY, Promise

# Without us too, botocore leaves the socket of a stream that is dropped to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning", "ignore:Unclosed:ResourceWarning")
BOTH = (
    promises.a_plain_answer_is_counted_once,
    promises.two_attempts_are_one_call,
    promises.a_stream_is_counted_at_its_end,
    promises.a_stream_left_at_its_end_marker_is_priced,
    promises.closing_a_stream_settles_it,
    promises.dropping_a_stream_settles_it,
    promises.a_stream_that_is_never_read_is_settled,
    promises.an_error_event_in_a_stream_has_failed,
    promises.a_stream_still_open_at_shutdown_is_settled,
    promises.cancelling_the_consumer_settles_it,
    promises.cancelling_a_read_settles_it,
    promises.cancelling_a_request_settles_it,
    promises.a_coroutine_that_is_never_awaited_is_no_call,
    promises.many_tasks_are_many_calls,
    promises.suppressed_means_untouched,
    promises.a_call_inside_a_foreign_llm_span_is_counted_once,
    promises.a_foreign_llm_span_ends_in_the_error_path_too,
    promises.two_calls_inside_one_foreign_llm_span_stay_two,
    promises.on_again_after_off_is_one_patch,
)
BODY = (
    promises.garbage_usage_is_unknown_and_hurts_nobody,
    promises.usage_that_is_no_usage_is_unpriced,
    promises.a_count_that_was_not_reported_makes_no_exact_cost,
    promises.a_part_larger_than_its_whole_is_unpriced,
)
"""About the user's own body: AWS itself refuses a Converse answer whose counts are none."""

KEPT: list[Any] = [
    pytest.param(
        promise, case, is_async, id=f"{promise.__name__}-{case.name}-{'async' if is_async else 'sync'}",
        marks=pytest.mark.needs(*case.needs.values()),
    )
    for cases, is_async in ((CASES, False), (ASYNC_CASES, True))
    for case in cases
    for promise in (*BOTH, *(BODY if case.name == "invoke" else ()))
    if is_async or promise.__name__ not in ASYNC_ONLY
]  # fmt: skip


@pytest.mark.parametrize(("promise", "case", "is_async"), KEPT)
def test_promise(promise: Promise, case: Case, is_async: bool) -> None:
    keep(AwsKit(case, is_async=is_async), promise)
