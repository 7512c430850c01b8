"""This ship, moving: facts of the vehicle under the laws of physics, used forwards and backwards."""
