"""What customers answer when asked: scores, Kano, drivers, reliability, agreement, instruments.

Every measure takes arrays; those that grow with rows also read the evidence table `answers`
through Ibis (`nps_by`, `csat_by`, `ces_by`, `kano_counts_by`, `scores_by`, ...), so that DuckDB
and Spark count and NumPy judges.
"""
