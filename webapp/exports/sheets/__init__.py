"""One module a sheet: each says which table stands where, and makes the rows. No file is known here."""
