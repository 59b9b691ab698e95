"""What practical items are made of: files to open, pages to search, figures drawn by a seed."""
