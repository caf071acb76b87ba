"""The audit log: a chain of sealed entries that tells who did what, and of no participant."""

from stedi.audit.recording import begin, record
from stedi.audit.verifying import AuditBrokenError, Verified, latest, verify

__all__ = ["AuditBrokenError", "Verified", "begin", "latest", "record", "verify"]
