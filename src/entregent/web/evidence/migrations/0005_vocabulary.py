from django.db import migrations

# The words of the index, one row for each use: what begins so is looked up in it (see
# evidence/search.py). It holds nothing of its own.
VOCABULARY = (
    "CREATE VIRTUAL TABLE evidence_vocabulary USING fts5vocab('evidence_verbatim', 'instance')"
)


def make_vocabulary(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(VOCABULARY, params=None)


def drop_vocabulary(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE evidence_vocabulary")


class Migration(migrations.Migration):
    dependencies = [("evidence", "0004_coded_facets")]
    operations = [migrations.RunPython(make_vocabulary, drop_vocabulary)]
