"""Clips judged by other participants and by moderators."""
