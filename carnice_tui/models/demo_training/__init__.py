"""How the bundled demo model is made: corpus grammars, tokenizer, training, conversion, evaluation.

Left out of the wheel. Needs PyTorch (the `train` extra); `make demo-model` runs the whole recipe.
"""
