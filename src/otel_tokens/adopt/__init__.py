"""Second front door: what the spans that others made say, one table per dialect, and which of them are the same call.

Pure: `read` for a span's attributes, `once` for the calls of all layers. `otel_tokens.foreign` uses them on live spans,
`otel_tokens.report.foreign` on files.
"""

from otel_tokens.adopt.once import Once, once
from otel_tokens.adopt.read import Said, call_of, kind_of, told

__all__ = ["Once", "Said", "call_of", "kind_of", "once", "told"]
