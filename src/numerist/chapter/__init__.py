"""The chapter's experiments and figures, run and shown beside what the chapter says."""
