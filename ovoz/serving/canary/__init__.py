"""The canary in the service: who hears it, what is counted, and where that is kept."""
