"""Thin scheduled entry points: when something runs, never what it does."""
