"""The Metadata API: deploying, retrieving, and single components by name."""
