"""How findings are written: one module a format, all behind `Reporter`."""
