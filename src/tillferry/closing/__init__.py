"""What a closing is: tables, values, digests, checks. Pure: no files, no database, no clock."""
