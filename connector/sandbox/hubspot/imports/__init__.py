"""Imports of CSV files: what is asked for, what a cell means, what a row does, and the jobs that do it.

Source: HubSpot developers, "Imports" guide; knowledge base, "Review and troubleshoot import errors".
"""
