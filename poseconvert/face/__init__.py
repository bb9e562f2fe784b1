"""What ``import poseconvert`` offers: each command as a function, each result as a record.

::

    convert.py      MODEL to a conversion folder
    conversion.py   a conversion: diff, run, evaluate, tune, report
    arrays.py       compare and decode for arrays that ran anywhere
    artifacts.py    inspect, doctor, ios_bundle
    phones.py       what phones measured: import and compare
    commands.py     diff, evaluate and tune of whatever a command line names
    results.py, array_results.py  the records, each with a line for the prompt and a table

Nothing here prints. Names are loaded when they are first used, see ``poseconvert/__init__.py``.
"""
