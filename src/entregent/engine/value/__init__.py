"""What customers are worth: ABC, RFM, lifetime value, customer equity, share of wallet.

Two meanings of "recency" live in this field; neither is called by that word here.
`days_since_last_purchase` counts back from the end of observation (RFM);
`age_at_last_purchase` counts forward from the customer's first purchase (BG/NBD, Pareto/NBD).
"""
