"""Training of the networks that ship in the wheel; needs torch.

`loop.run_training` is the one loop: it takes steps, writes log and checkpoints, and resumes. Each
network is a task in `tasks`: its samples, its loss, its optimizer and the weights that it exports.
"""
