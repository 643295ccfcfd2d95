"""The widgets around the transcript, one a file, each with its stylesheet beside it."""
