"""MIL ops: a folder for each of coremltools' families, in it one file an op, named as the op.

Importing this package imports every file below it, and so registers every op: a new file needs no
entry anywhere. A file without an op is what several ops of its family share.
"""

from importlib import import_module
from pkgutil import walk_packages

for _module in walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)
