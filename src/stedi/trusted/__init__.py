"""The trusted zone: consented and typed. Only it asks who is let through."""
