"""How fast and how large: measurements of the product against honest opponents in the same run."""
