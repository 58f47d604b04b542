"""Convolutional and deep networks, their training and their checkpoints, in PyTorch.

Importing this package loads PyTorch: `pip install 'numerist[train]'`.
"""
