"""Ovoz: speech recognition for Uzbek, Russian and the switching between them."""

import os

from ovoz.telemetry_off import NO_TELEMETRY

# Here, since tools read them when they are imported, and every part of Ovoz imports this first.
os.environ.update(NO_TELEMETRY)
