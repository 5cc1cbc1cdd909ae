"""The shape of the house as figures that anybody can print: `python -m tests.shape`."""
