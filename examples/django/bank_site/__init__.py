"""Project package of Example Bank."""
