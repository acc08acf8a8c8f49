"""What is printed: the engine's lines as statements of a period, in one `Report` that page and files share."""
