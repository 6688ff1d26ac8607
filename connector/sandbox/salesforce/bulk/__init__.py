"""Bulk API 2.0: jobs that load and extract CSV."""
