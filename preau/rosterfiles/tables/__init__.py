"""Lists of pupils that are tables: workbooks and text files, read by the titles of their columns."""
