"""A session in other people's formats. Everything that was said is made safe on the way out:
escaped for JSON and HTML, control characters as visible pictures everywhere else.
"""
