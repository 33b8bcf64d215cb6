"""Texts under small numbers: what makes sorting events by the million cheap."""

import ibis
import ibis.expr.types as ir


def numbered(table: ir.Table, column: str) -> ir.Table:
    """The different texts of a column, numbered from 0 in their order: column, code (16 bits).

    Sorting and carrying two bytes instead of a text is most of the speed, and all of the memory.

    >>> calls = ibis.memtable({"activity": ["wait", "call", "wait"]})
    >>> numbered(calls, "activity").order_by("code").to_pyarrow().to_pylist()
    [{'activity': 'call', 'code': 0}, {'activity': 'wait', 'code': 1}]
    """
    names = table.filter(table[column].notnull()).select(column).distinct()
    return names.mutate(code=ibis.row_number().over(order_by=column).cast("int16"))
