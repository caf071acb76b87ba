"""Models of a lake: trained, judged, promoted."""
