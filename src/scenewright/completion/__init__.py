"""Whole objects in place: the evidence on each, what completers guess, and the finished scene.

`evidence` gathers what frames say about the space around objects, `support` finds what they stand
on, `composing` turns a guess into a watertight mesh that keeps the seen surface, `scenes` completes
the objects of a scene one after the other, `background` closes floor, walls and ceiling.

Imports go one way: scenes > composing, background > evidence, support > seen_surface.
"""
