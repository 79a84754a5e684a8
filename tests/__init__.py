"""Held against the source tree, file by file."""
