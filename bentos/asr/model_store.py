"""``python -m bentos.asr.model_store TAG``: the folder of a model in BentoML's store."""

import sys

import bentoml


def main() -> None:
    """Print the folder; end with the reason where there is no such model."""
    try:
        sys.stdout.write(f"{bentoml.models.get(sys.argv[1]).path}\n")
    except bentoml.exceptions.BentoMLException as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
