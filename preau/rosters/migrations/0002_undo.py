from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("rosters", "0001_ground"),
    ]

    operations = [
        migrations.AddField(
            model_name="importchange",
            name="kept",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="made_divisions",
            field=models.JSONField(default=list),
        ),
    ]
