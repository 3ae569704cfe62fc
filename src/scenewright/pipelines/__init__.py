"""Chains across the packages: files in, files out.

A folder per verb holds ``settings.py`` (its inputs and settings; light), ``steps.py`` (in memory),
``run.py`` (files) and ``printer.py`` (what is shown). `table` lists the verbs, ``sources`` opens
what they are given, ``pictures`` draws previews, sheets and turntables.
"""
