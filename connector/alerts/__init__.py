"""Alerts: what a person should hear of without asking, told once, and told again when it is over."""
