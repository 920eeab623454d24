"""The app: its name, and the system checks that it brings."""

from django.apps import AppConfig


class CountersignConfig(AppConfig):
    """Put `"django_countersign"` into INSTALLED_APPS for the checks and the management command."""

    name = "django_countersign"
    verbose_name = "countersign"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from django_countersign import checks  # noqa: PLC0415 - checks look at models, which load later

        checks.register()
