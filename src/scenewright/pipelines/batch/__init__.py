"""Running a verb on many inputs."""
