"""What workers of this machine are forked from: a process that has imported all they need.

Importing this module makes it so, once, and sooner than those imports alone.
"""

import gc
import sys

gc.disable()
# jsonschema can check IRIs, by a grammar that takes a quarter of all the time here to build. No
# notebook has any: a worker does without, as where it is not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402

import cinqcles.classroom.worker  # noqa: E402, F401

nbformat.validate(nbformat.v4.new_notebook())  # whose schema is compiled, the first time
gc.freeze()  # it is not to be looked through again and again, and stays shared
gc.enable()
