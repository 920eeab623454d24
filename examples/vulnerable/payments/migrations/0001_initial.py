from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(max_length=150)),
                ("payee", models.CharField(max_length=150)),
                ("amount", models.PositiveIntegerField()),
                ("via", models.CharField(max_length=10)),
            ],
            options={"ordering": ("-id",)},
        ),
    ]
