"""`python -m otel_tokens.cli`: the command line where its script is not on the path."""

from otel_tokens.cli import main

raise SystemExit(main())
