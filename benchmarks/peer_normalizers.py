"""What other normalizers of Vietnamese and Kazakh write, as JSON; run in a venv of their own.

python -m venv peers && peers/bin/pip install vinorm==2.0.7 vietnormalizer==0.2.3 \
        vn-numberwords==0.2.0 num2words==0.5.14
echo '{"sentences": ["…"], "numbers": [21]}' | peers/bin/python benchmarks/peer_normalizers.py
"""

import contextlib
import json
import sys


def main() -> None:
    """Read a JSON object of sentences and numbers, and write each peer's readings of them."""
    import vn_numberwords
    from num2words import num2words
    from vietnormalizer import VietnameseNormalizer
    from vinorm import TTSnorm

    asked = json.load(sys.stdin)
    numbers = asked["numbers"]
    vietnormalizer = VietnameseNormalizer()
    with contextlib.redirect_stdout(sys.stderr):
        sentences = {
            "vinorm": [TTSnorm(one) for one in asked["sentences"]],
            "vietnormalizer": [vietnormalizer.normalize(one) for one in asked["sentences"]],
        }
    readings = {
        "vi num2words": [num2words(one, lang="vi") for one in numbers],
        "vi vn-numberwords": [vn_numberwords.number_to_words(one) for one in numbers],
        "kk num2words": [num2words(one, lang="kz") for one in numbers],
    }
    json.dump({"sentences": sentences, "numbers": readings}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
