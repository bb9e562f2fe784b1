"""Artifacts that anybody made, compared: what each wants is read from it, and told apart.

wanted.py      one input, as an artifact wants it, from the picture all of them are given
scaling.py     what is done to a picture's numbers, by a caller or inside
artifact.py    one artifact: what it wants, and what runs it
matching.py    whose input and output is whose: by name, then by shape, then by value
fed.py         a runner that is fed, and answers, in the reference's names and layout
described.py   what was compared, in the words of a conversion
pair.py        all of them run, and each judged by the first
"""
