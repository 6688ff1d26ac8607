"""The demo: two simulated CRMs that disagree become aligned, step by step, as a person at a terminal would
do it."""
