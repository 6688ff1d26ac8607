"""smarketing: keeps HubSpot and Salesforce aligned on one shared pipeline."""

__version__ = "0.1.0"
