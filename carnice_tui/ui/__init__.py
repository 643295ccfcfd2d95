"""The Textual app: screens, widgets and the line-painted transcript.

The only room that imports Textual.
"""

import os

# Textual reads this when it is imported. At its own 60 a typed key waits up to 17 ms for the
# next frame while an answer streams; painting happens only when something has changed.
os.environ.setdefault("TEXTUAL_FPS", "120")
