"""Tests of the accounts app, one file per behaviour."""
