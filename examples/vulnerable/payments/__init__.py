"""Transfers between holders of certificates."""
