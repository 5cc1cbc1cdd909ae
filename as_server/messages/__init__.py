"""HTTP messages: reading forms and JSON bodies strictly, and the headers of every answer."""
