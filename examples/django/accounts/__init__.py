"""Accounts, transfers and login by certificate."""
