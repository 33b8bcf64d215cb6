
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0003_watermark'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='customersummary',
            name='summary_value_class',
        ),
        migrations.AddIndex(
            model_name='customersummary',
            index=models.Index(fields=['value_class', 'revenue', 'customer'], name='summary_value_class'),
        ),
        migrations.AddIndex(
            model_name='identity',
            index=models.Index(fields=['value'], name='identity_value', opclasses=['varchar_pattern_ops']),
        ),
    ]
