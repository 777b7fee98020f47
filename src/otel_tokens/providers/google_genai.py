"""The google-genai client library: the Gemini API and Vertex AI; which of them bills is decided by the host."""

from otel_tokens.providers.gemini import EMBED, GENERATE
from otel_tokens.seams import Seam
from otel_tokens.spec import Operation, Provider

CHAT = GENERATE._replace(last="candidates[].finishReason", error="error")
IMAGEN = Operation("image_generation", beside={"images": "set:predictions[].bytesBase64Encoded"})
SEND = Seam(
    (),
    url="1:path",
    route=r"(?P<model>(imagen)?[^/:]+)(:\w+)(?:\?|$)",
    host="3:http_options.base_url|self._http_options.base_url",
    content="body",
    headers="headers",
)
SENDS = ("request", "request_streamed", "async_request", "async_request_streamed")

GOOGLE_GENAI = Provider(
    name="gcp.gemini",
    package="google-genai",
    versions=">=1.16,<4",
    module="google.genai._api_client",
    # The request, not the public method: with function calling, or an answer that goes on, that one makes several.
    seams=tuple(SEND._replace(functions=(f"BaseApiClient.{name}", f"ApiClient.{name}")) for name in SENDS),
    attempts=("BaseApiClient._request_once", "BaseApiClient._async_request_once"),
    routes={
        ":generateContent": CHAT,
        ":streamGenerateContent": CHAT,
        ":embedContent": EMBED,
        ":batchEmbedContents": EMBED,
        ":predict": EMBED,
        "imagen:predict": IMAGEN,
    },
)
