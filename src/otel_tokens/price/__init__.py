"""The price stage: what a stated usage costs at whoever sold it, exactly, or why that cannot be said.

`quote` is the whole of it for a call. Below it: `sellers` (host → who bills), `book` (the dated price files and the
rules by which a model name matches one), `cards` (which rates applied to this call) and `tiers` (what kind of model).
Nothing is read before the first quote, and nothing here ever opens a connection.
"""

from . import sellers
from .book import timestamp, version
from .cards import card
from .cost import quote
from .sellers import Seller, seller_of
from .tiers import model_tier

__all__ = ["Seller", "card", "model_tier", "quote", "seller_of", "sellers", "timestamp", "version"]
