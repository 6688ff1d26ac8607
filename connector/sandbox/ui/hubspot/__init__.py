"""HubSpot as its people see it."""
