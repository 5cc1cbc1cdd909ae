"""The shared face of every service: stylesheet, a little script, Jinja macros, SVG charts."""
