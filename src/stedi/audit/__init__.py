"""The audit log: a chain of sealed entries that tells who did what, and of no participant."""

from stedi.audit.recording import actor, begin, record
from stedi.audit.verifying import AuditBrokenError, Verified, entries_of, latest, verify

__all__ = ["AuditBrokenError", "Verified", "actor", "begin", "entries_of", "latest", "record", "verify"]
