"""Simulated HubSpot and Salesforce: real HTTP servers on loopback for the demo, tests and benchmarks.

Enters: requests of any client of either CRM. Leaves: what that CRM would answer.
Nothing outside this package (but the command line and tests) knows that it exists.
"""
