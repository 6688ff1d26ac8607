"""SOQL: a grammar, a syntax tree, a compiler to SQL, and the JSON shape of the rows."""
