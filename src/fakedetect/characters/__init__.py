"""Tables of characters, as text files; ``data/make_characters.py`` writes them."""
