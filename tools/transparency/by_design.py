"""Tests of the SDKs that assert that nobody else touches their spans: what we are for. Named one by one, with the reason."""

BY_DESIGN = {
    "test_unary_attributes": "asserts the exact set of attributes of the SDK's own span; ours are added to it",
    "raw_response_ends_the_span_with_its_body": "asserts no usage where the application reads the body; we read it too",
    "disabled_spans_call_nothing_of_opentelemetry": "asserts that nobody calls OpenTelemetry when the SDK's spans are off",
    "disabled_spans_leave_the_body_of_the_response_alone": "asserts the type of `response.stream`, where we see the end",
    "test_false_keeps_a_span_that_the_sampler_dropped_current": "the sampler dropped the SDK's span, not ours: ours is current",
}
"""Part of a test's name → why it must fail beside any instrumentation."""


def split(failing: list[str]) -> tuple[list[str], list[str]]:
    """Those that fail by design, and the others."""
    designed = [test for test in failing if any(name in test for name in BY_DESIGN)]
    return designed, [test for test in failing if test not in designed]
