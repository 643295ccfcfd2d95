"""What the demo model's tests share: its folder and the tokenizer as mlx-lm loads it."""

from functools import cache
from pathlib import Path

from mlx_lm.tokenizer_utils import TokenizerWrapper, load

import carnice_tui.models

DEMO_FOLDER = Path(carnice_tui.models.__file__).parent / "demo"


@cache
def demo_tokenizer() -> TokenizerWrapper:
    """The shipped tokenizer, loaded once."""
    return load(DEMO_FOLDER)
