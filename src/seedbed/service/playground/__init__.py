"""The page at `/`, on which people try prompts: plain HTML, CSS and ES modules, all from this server."""

__all__: list[str] = []
