"""Servers of the kinds that the sources ask, really served on the loopback."""
