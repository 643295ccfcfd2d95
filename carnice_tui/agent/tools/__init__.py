"""What the agent can do: six tools, each a description of its arguments and a function.

Names and parameters are those that the models were trained on; `base` makes their schema.
"""
