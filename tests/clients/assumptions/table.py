"""The table of all assumptions: the modules that hold the probes, imported."""

from __future__ import annotations

from assumptions import (
    hubspot_batches,
    hubspot_imports,
    hubspot_search,
    hubspot_settings,
    hubspot_values,
    salesforce_features,
    salesforce_many,
    salesforce_queries,
    salesforce_records,
    salesforce_setup,
    salesforce_soap,
    unprobed,
)
from assumptions.base import TABLE

MODULES = (
    *(hubspot_values, hubspot_search, hubspot_batches, hubspot_settings, hubspot_imports),
    *(salesforce_records, salesforce_many, salesforce_queries, salesforce_setup, salesforce_soap),
    *(salesforce_features, unprobed),
)

__all__ = ["MODULES", "TABLE"]
