#!/usr/bin/env bash
# Train in each of two environments, score in both, and compare: across_versions.sh VENV VENV
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$1/bin/python" - "$folder/listings.csv" << 'END'
import sys

import pandas as pd

listings = pd.read_csv("data/listings.csv", dtype=str, keep_default_na=False)
listings.sample(500, random_state=0).to_csv(sys.argv[1], index=False)
END
for writer in "$1" "$2"; do
    "$writer/bin/fakedetect" train data/listings.csv -o "$folder/model.joblib" > /dev/null
    for reader in "$1" "$2"; do
        "$reader/bin/fakedetect" score "$folder/listings.csv" --model "$folder/model.joblib" \
            -o "$folder/$(basename "$reader").csv" --ids-only --quiet
    done
    "$1/bin/python" - "$folder/$(basename "$1").csv" "$folder/$(basename "$2").csv" << 'END'
import sys

import pandas as pd

first, second = (pd.read_csv(path, dtype=str)["score"].astype(float) for path in sys.argv[1:])
difference = (first - second).abs().max()
print(f"largest difference of {len(first)} scores: {difference:.2g}")
assert len(first) == 500 and difference <= 1e-6
END
done
