"""The pictures of our noop, as a predictor for cog's server."""

from cog import BasePredictor, Path

from seedbed.engine.noop import NoopEngine
from seedbed.request import GenerationRequest
from seedbed.settings import Settings

__all__ = ["Predictor"]


class Predictor(BasePredictor):  # type: ignore[misc, unused-ignore]
    """Draws one picture at a time."""

    def setup(self) -> None:
        """Load."""
        self.engine = NoopEngine(Settings(model="noop-faulty"), faults=True)

    def predict(self, prompt: str, seed: int) -> Path:
        """Draw, into a file of the server's working folder."""
        drawn = self.engine.draw(GenerationRequest(prompt, seed=seed), lambda _step, _steps: None)
        path = Path(f"{seed}.jpeg")
        path.write_bytes(drawn.jpeg)
        return path
