"""A simulated Salesforce: records, rules and REST API of one org, kept in SQLite."""
