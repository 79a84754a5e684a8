"""Breaks a running deployment in every way it can, by a seed, and counts what that did to its promises."""
