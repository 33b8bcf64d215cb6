"""News of customers, for rooms that keep something of their words by its address."""

from django.dispatch import Signal

erasing = Signal()
"""A customer is about to be erased: sent within that transaction, with `customers`, their numbers, and
`rows`, the keys of their rows by table of evidence. What hangs on a customer by a foreign key goes by itself."""
