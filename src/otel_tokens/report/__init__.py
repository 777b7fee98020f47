"""From recorded spans to what people see: read → tree → totals → words. Pure functions; no OpenTelemetry is needed to read."""
