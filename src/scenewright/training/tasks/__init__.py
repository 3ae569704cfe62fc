"""The networks that can be trained: one folder per network, each with a class that satisfies
`TrainingTask`."""
