"""The anthropic client library: Messages, beta Messages, batches; its Bedrock, Vertex and Foundry clients."""

from otel_tokens.spec import Iterations, Operation, Provider, Results

MESSAGES = Operation(
    "chat",
    counts={
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_tokens": "cache_creation_input_tokens",
        "cache_write_5m_tokens": "cache_creation.ephemeral_5m_input_tokens",
        "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
        "reasoning_tokens": "output_tokens_details.thinking_tokens",
        "web_search_requests": "server_tool_use.web_search_requests",
        "web_fetch_requests": "server_tool_use.web_fetch_requests",
    },
    exclusive=True,
    service_tier="usage.service_tier",
    facts={"speed": "usage.speed", "geo": "usage.inference_geo"},
    events={"message_start": "message", "message_delta": "", "message_stop": ""},
    terminal=frozenset({"message_stop"}),
    sentinel=b"message_stop",
    iterations=Iterations("iterations", "type", "model", served_by="fallback_message"),
)
COMPLETE = Operation("text_completion", sentinel=b"stop_reason")
RESULTS = Operation("chat", batch="result.message")

ANTHROPIC = Provider(
    name="anthropic",
    package="anthropic",
    versions=">=0.43,<3",  # before it `.stream()` reads the response past the stream that it was given
    module="anthropic._base_client",
    # From 1.14 on `request` opens a span of the SDK's own, and a `_request` that knows it (`call`) runs inside it.
    requests=(
        ("SyncAPIClient._request(call)", "SyncAPIClient.request"),
        ("AsyncAPIClient._request(call)", "AsyncAPIClient.request"),
    ),
    answers=("SyncAPIClient._process_response", "AsyncAPIClient._process_response"),
    routes={"/v1/messages": MESSAGES, "/v1/messages?beta=true": MESSAGES, "/v1/complete": COMPLETE},
    results=(Results(r"/v1/messages/batches/([^/?]+)/results(?:\?.*)?$", RESULTS, {"": MESSAGES}),),
    reported={"x-litellm-response-cost": 10**15},
)
