"""One function for each thing a user asks for. Takes values, a session, a client; knows no Flask."""
