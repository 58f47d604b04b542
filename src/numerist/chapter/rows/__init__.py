"""The rows of the chapter, one module a part: each has `ROWS`, a tuple in the chapter's order."""
