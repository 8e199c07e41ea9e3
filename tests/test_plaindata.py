import json
from typing import NamedTuple

import numpy as np

from fakedetect.plaindata import plain


class Pair(NamedTuple):
    name: str
    values: tuple


def test_all_the_way_down():
    found = plain({"é": [Pair("a", (np.int64(1), np.bool_(True))), None], "b": {"c": ()}})
    assert found == {"é": [{"name": "a", "values": [1, True]}, None], "b": {"c": []}}
    assert json.loads(json.dumps(found)) == found
    assert [type(each) for each in found["é"][0]["values"]] == [int, bool]


def test_plain_values_stay():
    assert plain("text") == "text"
    assert plain(0.5) == 0.5
