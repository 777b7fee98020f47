"""For tests, ours and yours: `capture()` shows what a block cost, `server.Vendor` answers as OpenAI and Anthropic do."""

from otel_tokens.testing.capture import Captured, capture

__all__ = ["Captured", "capture"]
