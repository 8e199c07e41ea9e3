"""Texts on which the ways to a margin might disagree."""

TEXTS = [
    "", " ", "x", "super copy", "ＳＵＰＥＲ  ｃｏｐｙ\n1:1", "高仿A货 手表", "re\u0301plica",
    "réplica", "ของแท้ watch", "a" + "\u0323\u0301" * 40, "\u200b\u200b", "word " * 5000,
    "w" * 20_000, "❤️ gift", "don´t", "\ufdd0", "İstanbul ﬁne ½",
]  # fmt: skip
