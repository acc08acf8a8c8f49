"""Holiday calendars: regions, the public holidays of the `holidays` package, and what an account corrected."""
