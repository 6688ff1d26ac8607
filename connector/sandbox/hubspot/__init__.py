"""A simulated HubSpot: what enters are HTTP requests, what leaves are HubSpot's answers.

It never talks to a real HubSpot, and no other part of the product imports it except the entry points
of the sandbox, the demo and the tests.
"""
