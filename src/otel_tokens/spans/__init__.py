"""What the engine needs of live spans: the parent pointer, a say before a span ends, and who owns an LLM span."""
