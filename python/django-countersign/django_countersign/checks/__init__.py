"""System checks of this package."""


def register() -> None:
    """Register every check of the package with Django."""
