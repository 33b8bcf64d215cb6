"""News of what is inferred, for rooms that stand on it."""

from django.dispatch import Signal

everybody_reckoned = Signal()
"""All profiles were inferred anew; sent by the worker that did, with `reckoning`."""

customer_reckoned = Signal()
"""One profile was inferred anew, or corrected by a colleague; sent with `customer_id`."""
