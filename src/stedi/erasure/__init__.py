"""Withdrawal and erasure: one procedure that can be killed at any step and taken up again."""
