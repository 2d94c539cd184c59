#!/usr/bin/python3
"""Writes a network of PyTorch as the file that `model.name = "torchscript"` trains.

    make_torchscript.py [FILE] [SEED]        # net.pt, 1

Needs Debian's python3-torch. The network here is for images of 1 x 28 x 28 pixels in ten classes, such as
Fashion-MNIST. Write your own in its place: forward takes a batch [samples, shape of a sample...] of float32 and returns
[samples, classes], or [samples, 1] for regression. All nodes begin with the parameters in the file.
"""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, stride=2, padding=2)
        self.norm1 = nn.GroupNorm(2, 8)
        self.conv2 = nn.Conv2d(8, 16, 5, stride=2, padding=2)
        self.norm2 = nn.GroupNorm(2, 16)
        self.head = nn.Linear(16 * 7 * 7, 10)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.relu(self.norm2(self.conv2(x)))
        return self.head(x.flatten(1))


def main(file="net.pt", seed="1"):
    torch.manual_seed(int(seed))
    torch.jit.script(Net()).save(file)


main(*sys.argv[1:])
