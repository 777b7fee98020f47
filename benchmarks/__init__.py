"""The figures that the README quotes: `make bench`. Ratios against a floor in one run, never absolute times."""
