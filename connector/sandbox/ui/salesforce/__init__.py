"""Salesforce as its people see it."""
