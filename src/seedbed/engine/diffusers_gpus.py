"""The devices that models can compute on, as torch sees them; run as a program, so that whoever asks loads no torch."""

__all__ = ["devices"]


def devices() -> list[str]:
    """Every GPU of this machine that we may use, by its name in torch."""
    import torch

    if torch.cuda.is_available():
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return ["mps"] if torch.backends.mps.is_available() else []


if __name__ == "__main__":
    print(" ".join(devices()))
