"""Fine-tunes the published flows over sparse structures as SceneGen and I-Scene were trained.

`config` has the recipes, `starting` reads a published package, `scenes` makes and keeps what the
networks see of each scene, `slots` the grids of I-Scene, `losses` and `state` are the loss and what
it remembers, `task` puts them together.
"""
