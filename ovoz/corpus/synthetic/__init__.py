"""The synthetic source: sentences from a grammar, spoken by espeak-ng's voices.

Good for showing that everything works on a machine without recordings; its figures say nothing of
real speech and are called synthetic wherever they appear.
"""
