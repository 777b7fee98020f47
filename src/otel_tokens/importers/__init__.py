"""Price sources into price files: imported figures, cross-checked, under the rulings in rulings/.

`make prices` writes the book of a release with it, `otel-tokens prices refresh` one on a user's machine; nothing else imports it.
Only figures are taken from genai-prices and LiteLLM, never code or sentences. `sources` reads both into one form (`model`),
`compiler` makes a seller's models of them (by `merge`, or by a module in `clouds`), lays the rulings over them, and has `write`
and `index` write the files.
"""
