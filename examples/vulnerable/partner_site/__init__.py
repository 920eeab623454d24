"""Project package of the vulnerable twin."""
