"""The SOAP doors of the simulated Salesforce: envelopes, faults, and the partner API."""
