"""Flag suspected-counterfeit marketplace listings from their text, with reasons.

>>> import fakedetect
>>> fakedetect.score("Super copy 1:1, mirror quality, same factory") > 0.5
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakedetect.errors import FakedetectError, InputError, ModelError, ModelRefused
    from fakedetect.evaluation import Evaluation, evaluate
    from fakedetect.explanation import Explanation
    from fakedetect.loading import load, score
    from fakedetect.model import Model
    from fakedetect.training import train

__version__ = "0.1.0"

__all__ = [
    "Evaluation",
    "Explanation",
    "FakedetectError",
    "InputError",
    "Model",
    "ModelError",
    "ModelRefused",
    "evaluate",
    "load",
    "score",
    "train",
]

_HOMES = {
    "Evaluation": "evaluation",
    "Explanation": "explanation",
    "FakedetectError": "errors",
    "InputError": "errors",
    "Model": "model",
    "ModelError": "errors",
    "ModelRefused": "errors",
    "evaluate": "evaluation",
    "load": "loading",
    "score": "loading",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    # Looked up on first use, so that importing the package costs next to nothing.
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'fakedetect' has no attribute {name!r}") from None
    return getattr(importlib.import_module(f"fakedetect.{home}"), name)


def __dir__() -> list[str]:
    return __all__
