from django.db import migrations

# The index of what customers said and of their names (see evidence/search.py). FTS5 keeps no copy
# of the text (content=''); sixteen megabytes are gathered before a segment is written.
SQLITE = [
    """CREATE VIRTUAL TABLE evidence_verbatim USING fts5(
        words, facets, content='', tokenize='unicode61 remove_diacritics 2')""",
    "INSERT INTO evidence_verbatim(evidence_verbatim, rank) VALUES('hashsize', 16777216)",
    """CREATE VIRTUAL TABLE evidence_name USING fts5(
        words, content='', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2')""",
]
POSTGRESQL = [
    """CREATE FUNCTION evidence_folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT lower(regexp_replace(regexp_replace(
            normalize(replace(replace(replace(replace($1, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE'), NFKD),
            U&'[\\0300-\\036F]', '', 'g'),
            U&'[!-/:-@\\005B-`{-~\\00A1-\\00BF\\2010-\\203A\\00A0\\202F]', ' ', 'g')) $$""",
    "CREATE TABLE evidence_verbatim (position bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX evidence_verbatim_words ON evidence_verbatim USING gin (words)",
    "CREATE TABLE evidence_name (position bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX evidence_name_words ON evidence_name USING gin (words)",
]


def make_index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    for name in ("evidence_verbatim", "evidence_name"):
        schema_editor.execute(f"DROP TABLE {name}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION evidence_folded(text)")


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]
    operations = [migrations.RunPython(make_index, drop_index)]
