"""From rows of any export to rows of evidence: what each column means, and what each value says."""
