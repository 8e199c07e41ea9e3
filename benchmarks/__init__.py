"""Benchmarks of fakedetect beside its peers; ``make bench`` runs them all."""
