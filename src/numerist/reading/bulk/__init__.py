"""Reading by the million: pictures in archives, lists and object stores, results in tables.

A room of its own, because nothing of it is needed to read a picture.

`archives` opens `tar` and `zip` files, `remote` what fsspec reaches, `lists` names them one by one.
`chunks` are the unit of work: some inputs, and the table that comes of them. `parts` keeps those
tables while a run is under way and makes one of them at its end; `table` says what is in them.
`names` knows what has been read already, and `lock` that nobody else is writing.
"""
