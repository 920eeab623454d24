"""Signals for a project's own alarms; the log has the same events."""

from django.dispatch import Signal

# A request was refused. Arguments: request, code (a key of `refusal.REASONS`).
request_refused = Signal()

# A session was dropped because another client than the one it belongs to used it. Argument: request.
session_flushed = Signal()
