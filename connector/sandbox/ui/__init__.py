"""Pages for a person: what a marketer or rep sees and does in a simulated CRM, in a browser.

Plain HTML forms at `/_sandbox/ui` on each CRM's own port. What is saved there goes through the stores'
methods for people at work, as the simulated working day does. Nothing here
looks like either vendor's screens.
"""
