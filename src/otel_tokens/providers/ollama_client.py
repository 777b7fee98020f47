"""The ollama client library: your own machine, or a pool of them; its answers say how long the engine worked."""

from otel_tokens.providers.ollama import CHAT_OLLAMA, EMBED, GENERATE
from otel_tokens.seams import Seam
from otel_tokens.spec import Provider

NEW = Seam((), url="2:url", model=":json.model", host="self._client._base_url", lazy=":stream")
OLD = NEW._replace(url="1:url", lazy="")  # below 0.4, where what can stream has a function of its own
STREAM = OLD._replace(lazy="1:url")

OLLAMA = Provider(
    name="ollama",
    package="ollama",
    versions=">=0.3.3,<1",
    module="ollama._client",
    # The request, not `chat`: the functions of the module are bound methods, made when it is imported.
    seams=(
        NEW._replace(functions=("Client._request(cls)",)),
        NEW._replace(functions=("AsyncClient._request(cls)",)),
        OLD._replace(functions=("Client._request(method)",)),
        OLD._replace(functions=("AsyncClient._request(method)",)),
        STREAM._replace(functions=("Client._stream",)),
        STREAM._replace(functions=("AsyncClient._stream",)),
    ),
    routes={"/api/chat": CHAT_OLLAMA, "/api/generate": GENERATE, "/api/embed": EMBED, "/api/embeddings": EMBED},
)
