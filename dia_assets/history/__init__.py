"""The durable, pseudonymised memory: what every record said, and when the municipality knew it."""
