"""``python -m ovoz.registry.download URI FOLDER``: fetch a model of the registry."""

import sys

from mlflow.artifacts import download_artifacts


def main() -> None:
    """Fetch ``models:/name@alias`` or the like into the folder; print where its files lie."""
    uri, folder = sys.argv[1:]
    sys.stdout.write(f"{download_artifacts(uri, dst_path=folder)}\n")


if __name__ == "__main__":
    main()
