"""Audio of a Hugging Face data set as it is stored, for the product's own decoder.

``datasets`` asks for torchcodec even where it only passes on the name of a file.
"""

from typing import Any

from datasets import Audio


class StoredAudio(Audio):  # type: ignore[misc]  # datasets has no annotations
    """A column of audio that is neither encoded nor decoded."""

    def encode_example(self, value: Any) -> dict[str, Any]:  # noqa: ANN401  (as datasets has it)
        """The bytes or the path of one example."""
        if isinstance(value, dict):
            return {"bytes": value.get("bytes"), "path": value.get("path")}
        return {"bytes": None, "path": str(value)}
