"""Programs that use a Seedbed server, or the hosted API, from Python: no torch, no server's parts."""

__all__: list[str] = []
