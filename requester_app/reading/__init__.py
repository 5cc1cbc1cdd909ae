"""Pure: what several sources showed, as one chart, and the state of each."""
