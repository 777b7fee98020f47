"""The price stage: what a stated usage costs at whoever sold it, exactly, or why that cannot be said.

`quote` is the whole of it for a call, `pools.quote` for one to GPUs of one's own. Below it: `sellers` (host → who bills),
`shelf` (the books in force: the user's overlay, a refreshed one, the bundled one), `book` and `names` (a price file, and the
rules by which a model name matches one), `cards` and `rates` (which rates applied to this call), `windows` (what a pool cost
while calls ran) and `tiers` (what kind of model). Nothing is read before the first quote unless the user has an overlay, and
nothing here ever opens a connection.
"""

from . import pools, sellers, shelf, watch
from .book import version
from .cards import card
from .cost import quote
from .sellers import Seller, seller_named, seller_of, sellers_known
from .shelf import books, timestamps
from .tiers import UNKNOWN_TIER, model_tier

__all__ = [
    "UNKNOWN_TIER", "Seller", "books", "card", "model_tier", "pools", "quote", "seller_named", "seller_of", "sellers",
    "sellers_known", "shelf", "timestamps", "version", "watch",
]  # fmt: skip
