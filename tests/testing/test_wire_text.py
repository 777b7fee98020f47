"""The words of the loopback model: nothing is lost in a stream, and samples fit their schema."""

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_tokens.testing.wire_text import Turn, pieces, sample, say, tokens


@settings(deadline=None)
@given(st.text())
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=60), st.integers(1, 20))
def test_a_limit_holds_and_the_same_turn_says_the_same(user: str, limit: int) -> None:
    said = say(Turn(user, limit=limit), 1)
    assert said.call is not None or tokens(said.text) <= limit
    assert said == say(Turn(user, limit=limit), 1)


def test_a_directive_for_a_tool_that_is_not_on_offer_is_no_call() -> None:
    assert say(Turn("[[call: other {}]]", tools={"mine": {}})).call is None
    assert say(Turn("[[call: mine {broken]]", tools={"mine": {}})).call == ("mine", {})


def test_samples_follow_references_unions_and_bounds() -> None:
    node = {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#/$defs/leaf"}, {"type": "null"}]}, "on": {"type": "boolean"}},
    }
    leaf = {"type": "array", "minItems": 2, "items": {"type": ["number", "null"], "exclusiveMinimum": 3}}
    assert sample({**node, "$defs": {"leaf": leaf}}) == {"next": [4, 4], "on": True}
    assert sample({"type": "string", "minLength": 6}) == "texttt"
    assert (sample({"const": 7}), sample({"enum": ["a", "b"]}), sample({"type": "null"})) == (7, "a", None)
