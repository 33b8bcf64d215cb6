from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evidence", "0006_import_reach")]
    operations = [
        migrations.AddIndex(
            model_name="customersummary",
            index=models.Index(fields=["value_class", "customer"], name="summary_value"),
        ),
    ]
