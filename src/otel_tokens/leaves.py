"""What one call used: inclusive totals with their parts inside, and the disjoint leaves that are priced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

TTLS = ("5m", "30m", "1h", "12h")
_TTL_FIELDS = tuple((f"cache_write_{ttl}", f"cache_write_{ttl}_tokens") for ttl in TTLS)
_COUNTED = (
    ("input_video", "input_video_tokens"), ("output_video", "output_video_tokens"),
    ("web_search", "web_search_requests"), ("web_fetch", "web_fetch_requests"), ("file_search", "file_search_requests"),
    ("code_execution", "code_execution_requests"), ("request", "requests"), ("audio_ms", "audio_ms"),
    ("characters", "characters"), ("images", "images"), ("pages", "pages"), ("search_units", "search_units"),
    ("video_ms", "video_ms"), ("maps", "maps_requests"), ("messages", "text_messages"), ("annotated_pages", "annotated_pages"),
    ("citation", "citation_tokens"), ("cache_storage", "cache_storage_token_hours"),
)  # fmt: skip

LEAF_PART: Mapping[str, str] = {
    "input": "input", "cache_read": "cache_read", "cache_write": "cache_write",
    **{leaf: "cache_write" for leaf, _ in _TTL_FIELDS},
    "input_audio": "audio", "cache_read_audio": "audio", "output_audio": "audio", "audio_ms": "audio", "characters": "audio",
    "input_image": "image", "cache_read_image": "image", "output_image": "image", "images": "image",
    "input_video": "image", "output_video": "image", "video_ms": "image",
    "cache_storage": "cache_write",
    "output": "output", "reasoning": "reasoning",
    "web_search": "tool", "web_fetch": "tool", "file_search": "tool", "code_execution": "tool",
    "maps": "tool", "citation": "tool",
    "request": "request", "pages": "request", "annotated_pages": "request", "search_units": "request", "messages": "request",
}  # fmt: skip
"""Every disjoint leaf that can be priced, and the `otel_tokens.cost.*` part that it belongs to."""

TOKEN_LEAVES = frozenset(
    leaf for leaf in LEAF_PART
    if leaf not in ("audio_ms", "video_ms", "characters", "images", "cache_storage")
    and (leaf == "citation" or LEAF_PART[leaf] not in ("tool", "request"))
)  # fmt: skip
"""The leaves that count tokens (the others count requests, milliseconds, characters, images, pages or token-hours)."""


class Usage(NamedTuple):
    """What one call (or one part of it) used. None = not reported; zero is a reported zero.

    `input_tokens` and `output_tokens` are inclusive totals; every other token count is a part inside one of them
    (`cache_read ≤ input`, `reasoning ≤ output`, `cache_read_audio` inside both `cache_read` and `input_audio`).
    `audio_ms` and `video_ms` are milliseconds, `characters` characters of speech input, `cache_storage_token_hours` what a
    cache that is billed by time held; `citation_tokens` are outside both totals; the rest counts requests or items.
    A tuple because one is made for every call: a frozen dataclass of this size costs four times as much.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_30m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    cache_write_12h_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    cache_read_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None
    cache_read_image_tokens: int | None = None
    input_video_tokens: int | None = None
    output_video_tokens: int | None = None
    web_search_requests: int | None = None
    web_fetch_requests: int | None = None
    file_search_requests: int | None = None
    code_execution_requests: int | None = None
    requests: int | None = None
    audio_ms: int | None = None
    characters: int | None = None
    images: int | None = None
    pages: int | None = None
    search_units: int | None = None
    video_ms: int | None = None
    maps_requests: int | None = None
    text_messages: int | None = None
    annotated_pages: int | None = None
    citation_tokens: int | None = None
    cache_storage_token_hours: int | None = None

    def __or__(self, later: Usage) -> Usage:
        """News of the SAME call: the larger of each count, so that order and repetition of events do not matter."""
        return Usage(*(b if a is None else a if b is None or b < a else b for a, b in zip(self, later, strict=True)))

    def __add__(self, other: Usage) -> Usage:  # pyright: ignore[reportIncompatibleMethodOverride]  # a sum, not a longer tuple
        """Two DIFFERENT calls together."""
        return Usage(*(b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)))

    def __bool__(self) -> bool:
        """Whether anything at all was reported."""
        return self != NOTHING

    def leaves(self) -> dict[str, int] | None:
        """The disjoint buckets that are priced (only those above zero); they sum to the totals.

        None when the report contradicts itself: a part larger than its whole.
        """
        read, thought = self.cache_read_tokens or 0, self.reasoning_tokens or 0
        buckets = _special(self) if any(self[_PLAIN:]) else {}
        fresh = (self.input_tokens or 0) - buckets.pop("within_input", 0) - read
        told = (self.output_tokens or 0) - buckets.pop("within_output", 0) - thought
        buckets["input"], buckets["output"] = fresh, told
        buckets["cache_read"] = read - buckets.get("cache_read_audio", 0) - buckets.get("cache_read_image", 0)
        buckets["reasoning"] = thought
        if min(buckets.values()) < 0:
            return None
        return {leaf: count for leaf, count in buckets.items() if count}


FIELDS = Usage._fields
NOTHING = Usage()
_PLAIN = FIELDS.index("cache_write_tokens")


def _special(usage: Usage) -> dict[str, int]:
    """The buckets that most calls lack, and how much of each total is in them."""
    buckets = {leaf: count for leaf, name in _TTL_FIELDS if (count := getattr(usage, name))}
    by_ttl = sum(buckets.values())
    written = max(usage.cache_write_tokens or 0, by_ttl)
    audio, image = usage.cache_read_audio_tokens or 0, usage.cache_read_image_tokens or 0
    heard, seen = (usage.input_audio_tokens or 0) - audio, (usage.input_image_tokens or 0) - image
    for leaf, name in _COUNTED:
        if count := getattr(usage, name):
            buckets[leaf] = count
    said, drawn = usage.output_audio_tokens or 0, usage.output_image_tokens or 0
    return {
        **buckets, "cache_write": written - by_ttl,
        "input_audio": heard, "cache_read_audio": audio, "input_image": seen, "cache_read_image": image,
        "output_audio": said, "output_image": drawn,
        "within_input": written + heard + seen + (usage.input_video_tokens or 0),
        "within_output": said + drawn + (usage.output_video_tokens or 0),
    }  # fmt: skip
