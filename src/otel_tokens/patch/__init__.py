"""How to watch: the only package that knows wrapt, and every question of a call's life between open and settle."""
