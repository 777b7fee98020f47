"""Spans and metrics as OTLP/JSON, as the Collector's file exporter writes them and its file receiver reads them.

Only names that we know are written: a span of somebody else's may carry content, and content is never recorded.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from opentelemetry.sdk.metrics.export import Histogram, MetricsData, NumberDataPoint, Sum
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from otel_tokens import semconv
from otel_tokens.keep.files import process

JSON = dict[str, Any]
OURS = "otel_tokens."
INSTANCE = "service.instance.id"
KNOWN = frozenset(value for value in vars(semconv).values() if isinstance(value, str)) | {
    "http.request.method", "http.response.status_code", "http.route", "rpc.method", "rpc.service", "rpc.system",
    "db.system.name", "messaging.system", "messaging.destination.name", "code.function.name",
}  # fmt: skip


def value(given: object) -> JSON:
    """An AnyValue."""
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given if math.isfinite(given) else str(given).replace("inf", "Infinity").replace("nan", "NaN")}
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        return {"arrayValue": {"values": [value(one) for one in cast("Sequence[object]", given)]}}
    return {"stringValue": str(given)}


def pairs(attributes: Mapping[str, Any] | None) -> list[JSON]:
    """A list of KeyValues."""
    return [{"key": key, "value": value(given)} for key, given in (attributes or {}).items()]


def resource_of(given: Any) -> JSON:
    """A provider's resource, with an instance id of this very process."""
    attributes = {key: found for key, found in given.attributes.items() if found is not None}
    if process.forked or INSTANCE not in attributes:
        attributes[INSTANCE] = process.instance
    attributes["process.pid"] = os.getpid()
    return {"attributes": pairs(attributes)}


def span(given: ReadableSpan) -> JSON:
    """One span, without events and without its status message: both may carry what a vendor's error echoes."""
    spot = given.context
    assert spot is not None  # noqa: S101  # an ended span has a context; this is for the type checker
    shown: JSON = {"traceId": format_trace_id(spot.trace_id), "spanId": format_span_id(spot.span_id)}
    if given.parent is not None:
        shown["parentSpanId"] = format_span_id(given.parent.span_id)
    shown |= {
        "flags": int(spot.trace_flags) | 0x100 | (0x200 if given.parent is not None and given.parent.is_remote else 0),
        "name": given.name,
        "kind": given.kind.value + 1,
        "startTimeUnixNano": str(given.start_time or 0),
        "endTimeUnixNano": str(given.end_time or 0),
        "attributes": pairs({k: v for k, v in (given.attributes or {}).items() if k.startswith(OURS) or k in KNOWN}),
        "status": {} if given.status.status_code is StatusCode.UNSET else {"code": given.status.status_code.value},
    }
    return shown


def trace_request(spans: Iterable[ReadableSpan]) -> JSON:
    """An ExportTraceServiceRequest of spans, grouped by resource and scope."""
    groups: dict[int, tuple[Any, dict[tuple[str, str | None], list[JSON]]]] = {}
    for one in spans:
        scope = one.instrumentation_scope
        key = (scope.name, scope.version) if scope is not None else ("", None)
        groups.setdefault(id(one.resource), (one.resource, {}))[1].setdefault(key, []).append(span(one))
    return {
        "resourceSpans": [
            {
                "resource": resource_of(resource),
                "scopeSpans": [{"scope": scope_of(*key), "spans": found} for key, found in scopes.items()],
            }
            for resource, scopes in groups.values()
        ]
    }


def scope_of(name: str, version: str | None) -> JSON:
    """An InstrumentationScope."""
    return {"name": name, "version": version} if version else {"name": name}


def metrics_request(data: MetricsData) -> JSON:
    """An ExportMetricsServiceRequest."""
    return {
        "resourceMetrics": [
            {
                "resource": resource_of(one.resource),
                "scopeMetrics": [
                    {"scope": scope_of(part.scope.name, part.scope.version), "metrics": [metric(each) for each in part.metrics]}
                    for part in one.scope_metrics
                ],
            }
            for one in data.resource_metrics
        ]
    }


def metric(given: Any) -> JSON:
    """One metric: a sum, a histogram or a gauge, the three kinds that we make."""
    shown: JSON = {"name": given.name, "description": given.description or "", "unit": given.unit or ""}
    data = given.data
    if isinstance(data, Sum):
        points = [_number(point) for point in data.data_points]
        shown["sum"] = {
            "dataPoints": points,
            "aggregationTemporality": int(data.aggregation_temporality),
            "isMonotonic": data.is_monotonic,
        }
    elif isinstance(data, Histogram):
        points = [_histogram(point) for point in data.data_points]
        shown["histogram"] = {"dataPoints": points, "aggregationTemporality": int(data.aggregation_temporality)}
    else:
        shown["gauge"] = {"dataPoints": [_number(point) for point in data.data_points]}
    return shown


def _point(point: Any) -> JSON:
    return {
        "attributes": pairs(point.attributes),
        "startTimeUnixNano": str(point.start_time_unix_nano or 0),
        "timeUnixNano": str(point.time_unix_nano),
    }


def _number(point: NumberDataPoint) -> JSON:
    whole = isinstance(point.value, int)
    return _point(point) | ({"asInt": str(point.value)} if whole else {"asDouble": point.value})


def _histogram(point: Any) -> JSON:
    shown = _point(point) | {
        "count": str(point.count),
        "sum": point.sum,
        "bucketCounts": [str(count) for count in point.bucket_counts],
        "explicitBounds": list(point.explicit_bounds),
    }
    return shown | ({"min": point.min, "max": point.max} if point.count else {})
