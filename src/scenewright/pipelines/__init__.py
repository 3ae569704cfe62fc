"""The verbs, which combine the packages: files in, files out.

A folder per verb holds ``settings.py`` (its inputs and settings; light), ``steps.py`` (in memory),
``run.py`` (files) and ``printer.py`` (output to the terminal). `table` lists the verbs, ``sources``
opens their inputs, ``pictures`` draws previews, contact sheets and turntables.
"""
