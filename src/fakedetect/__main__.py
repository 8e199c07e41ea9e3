"""``python -m fakedetect``."""

from fakedetect.cli import main

main()
