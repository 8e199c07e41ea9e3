"""An evaluation as plain data, with every part that one can have."""

from __future__ import annotations

from typing import Any

NAN = float("nan")


def estimate(value: float, low: float = NAN, high: float = NAN) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


def _split(name: str, words: str, average_precision: dict[str, float]) -> dict[str, Any]:
    return {
        "name": name,
        "words": words,
        "n": 15_639,
        "n_positive": 1_233,
        "threshold": 0.31,
        "metrics": {
            "average_precision": average_precision,
            "roc_auc": estimate(0.91, 0.89, 0.93),
            "precision": estimate(0.61, 0.55, 0.67),
            "recall": estimate(0.52, 0.46, 0.58),
        },
        "common": {"n": 11_204, "average_precision": average_precision},
    }


def sample() -> dict[str, Any]:
    """Return the evaluation."""
    worst = estimate(0.55, 0.48, 0.61)
    random = estimate(0.85, 0.83, 0.87)
    recalls = [n / 100 for n in range(1, 101)]
    precisions = [max(0.08, 0.95 - 0.9 * recall**1.3) for recall in recalls]
    return {
        "protocol": "5 folds, seller and copies of texts held out",
        "seen_share": 0.0,
        "data": {
            "n_labelled": 15_639,
            "n_positive": 1_233,
            "n_unlabelled": 12,
            "n_groups": 2_604,
            "group_column": "seller",
            "time_column": "first_date",
            "text_columns": ["title"],
            "prevalence": 1_233 / 15_639,
        },
        "headline": {
            "split": "seller, copies apart",
            "average_precision": worst,
            "random": random,
            "gap": 0.30,
        },
        "splits": [
            _split("random", "rows at random", random),
            _split("copies apart", "copies of a text on one side", estimate(0.71, 0.67, 0.75)),
            _split("seller", "sellers on one side, copies kept", estimate(0.60, 0.54, 0.66)),
            _split("seller, copies apart", "sellers on one side, copies left out", worst),
            _split("time", "trained on the past", estimate(0.63)),
        ],
        "metrics": {
            "average_precision": worst,
            "roc_auc": estimate(0.91, 0.89, 0.93),
            "precision": estimate(0.61, 0.55, 0.67),
            "recall": estimate(0.52, 0.46, 0.58),
        },
        "threshold": {
            "value": 0.3127,
            "rule": "precision at least 0.95 with 95 % confidence (Clopper-Pearson)",
            "kind": "precision",
            "target": 0.95,
            "confidence": 0.95,
            "bound": 0.9512,
        },
        "hold": {
            "value": 0.9021,
            "rule": "chosen by hand",
            "kind": "threshold",
            "target": 0.9,
            "confidence": None,
            "bound": None,
        },
        "hold_metrics": {
            "precision": estimate(0.93, 0.88, 0.97),
            "recall": estimate(0.11, 0.07, 0.15),
        },
        "budget": {
            "share": 0.02,
            "n_per": "2,000 of 100,000 a day",
            "prevalence": 1_233 / 15_639,
            "threshold": 0.71,
            "precision": estimate(0.9, 0.85, 0.94),
            "recall": estimate(0.22, 0.18, 0.26),
            "recall_ceiling": 0.2537,
        },
        "restated": {
            "prevalence": 0.0015,
            "precision": estimate(0.027, 0.02, 0.035),
            "average_precision": None,
        },
        "operating_points": {},
        "precision_recall": {
            "threshold": [1 - recall for recall in recalls],
            "precision": precisions,
            "recall": recalls,
        },
        "reliability": {
            "bins": [
                {"n": 1_564, "mean_score": score, "positive_rate": rate}
                for score, rate in [
                    (0.004, estimate(0.003, 0.001, 0.006)),
                    (0.02, estimate(0.03, 0.02, 0.04)),
                    (0.11, estimate(0.09, 0.06, 0.12)),
                    (0.35, estimate(0.31, 0.24, 0.38)),
                    (0.72, estimate(0.66, 0.58, 0.74)),
                    (0.93, estimate(NAN)),
                ]
            ],
            "expected_calibration_error": estimate(0.021, 0.015, 0.031),
            "definition": "Mean distance of score and share over bins of equal count.",
        },
        "slices": [
            {
                "column": "market",
                "value": name,
                "n": n,
                "n_positive": n // 12,
                "n_flagged": n // 14,
                "withheld": n < 50,
                "metrics": None
                if n < 50
                else {
                    "precision": estimate(0.62, 0.5, 0.72),
                    "recall": estimate(0.5),
                    "average_precision": estimate(NAN),
                },
            }
            for name, n in [("nemesis", 6_120), ("kilos", 5_207), ("others", 31)]
        ],
        "least_slice": 50,
        "harm": {
            "n_false": 310,
            "n_sellers": 2_604,
            "n_sellers_hit": 141,
            "top_share": 0.412,
            "sellers": [
                {
                    "seller": "honest goods",
                    "n": 120,
                    "n_false": 31,
                    "rate": estimate(0.26, 0.19, 0.34),
                },
                {
                    "seller": "second-hand",
                    "n": 12,
                    "n_false": 9,
                    "rate": estimate(0.75, 0.47, 0.91),
                },
            ],
            "interval": "Wilson (1927), 95 %",
            "authorised": {
                "n_listed": 40,
                "n_found": 3,
                "sellers": [{"seller": "the brand itself", "n": 60, "n_flagged": 2}],
            },
        },
        "review": {
            "n_conflicts": 2,
            "conflicts": [
                {
                    "text": "leather bag, top quality",
                    "n_positive": 2,
                    "n_negative": 11,
                    "rows": list(range(3, 16)),
                },
            ],
            "n_label_errors": 57,
            "label_errors": [
                {
                    "row": 1_204,
                    "label": 0,
                    "score": 0.981,
                    "text": "super copy 1:1",
                    "seller": "copies",
                },
                {"row": 88, "label": 1, "score": 0.004, "text": "used book", "seller": None},
            ],
        },
    }
