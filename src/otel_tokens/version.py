"""The one place that knows our version, and under which name we make spans and metrics."""

VERSION = "0.1.0"
NAME = "otel_tokens"
"""The instrumentation scope of every span and metric of ours."""
