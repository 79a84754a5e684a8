"""Seedbed: the self-hosted Seedream 4."""
