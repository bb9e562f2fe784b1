"""Rendered people whose joints are known exactly: numpy only, seeded, the same on every machine.

They train the reference models and measure what a conversion costs (``poseconvert evaluate
--dataset synthetic``), so they live in the package, beside ``imaging``. The article's author
rendered 100,000 pictures of a dozen characters for the same purpose; these can be published.
"""
