"""Change: what customers say for and against a declared change, and how a decision weighs.

A change is declared before anything is measured: what is to be done, by whom, to whose benefit,
since when, and what counts as a step. Leaving the firm is one too.
"""
