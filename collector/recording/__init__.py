"""A voice message on its way to a clip: checks, copies, the recogniser."""
