"""The relational chain: a PLS path model of how quality becomes behaviour."""
