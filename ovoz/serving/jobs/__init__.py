"""Work that is accepted at once and answered later: ``POST /jobs``."""
