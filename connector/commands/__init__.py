"""The commands: each reads its options, asks the product, and shows the answer."""
