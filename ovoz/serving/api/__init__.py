"""Routes of the API, and the schemas of what they take and return."""
