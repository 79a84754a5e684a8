"""What a user would build instead of Seedbed, measured beside it in the same run."""
