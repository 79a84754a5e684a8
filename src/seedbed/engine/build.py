"""What besides weights and request decides an image's bytes: the versions of what computes it, and the kind of CPU."""

import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["build"]


def build(*packages: str, cpu: str | None = None) -> str:
    """This build in words, as in `seedbed 0.1.0, torch 2.13.0, x86_64 AVX512`.

    packages: those that compute the picture. cpu: which of the CPU's instructions they use.
    """
    parts = [f"{package} {_version(package)}" for package in ("seedbed", *packages)]
    return ", ".join([*parts, " ".join(filter(None, (platform.machine(), cpu)))])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        # Run from a folder that was never installed.
        return "unknown"
