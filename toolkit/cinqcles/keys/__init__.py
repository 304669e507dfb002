"""The models and metrics of the five keys, one module a key: pure numbers, no notebook.

``purpose`` (why before what), ``coherence`` (no silos), ``fashion`` (the objective before the
tool), ``placement`` (the right place), ``attention`` (beyond appearances).
"""
