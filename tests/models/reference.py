"""Trains a model with Python's torch, for python_slow.cpp to compare with.

    reference.py DIRECTORY MODEL OPTIMIZER

DIRECTORY holds model.pt (the initial parameters), batches.npy [steps, batch, shape of a sample...] and labels.npy
[steps, batch]. MODEL is "lenet", "mlp" or the path of a TorchScript file; OPTIMIZER a constructor's call, such as
SGD(lr=0.01, momentum=0.9). Prints the loss of each step before its update.
"""

import sys

import numpy
import torch
from torch import nn


class LeNet(nn.Module):
    def __init__(self, channels, side, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 5, padding=2)
        self.gn1 = nn.GroupNorm(2, 32)
        self.conv2 = nn.Conv2d(32, 32, 5, padding=2)
        self.gn2 = nn.GroupNorm(2, 32)
        self.conv3 = nn.Conv2d(32, 64, 5, padding=2)
        self.gn3 = nn.GroupNorm(2, 64)
        self.fc1 = nn.Linear(64 * (side // 8) ** 2, classes)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.pool(torch.relu(self.gn1(self.conv1(x))))
        x = self.pool(torch.relu(self.gn2(self.conv2(x))))
        x = self.pool(torch.relu(self.gn3(self.conv3(x))))
        return self.fc1(x.flatten(1))


class MLP(nn.Module):
    def __init__(self, features, hidden, classes):
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


def make(name, sample):
    if name == "lenet":
        return LeNet(sample[0], sample[1], 10)
    if name == "mlp":
        return MLP(int(numpy.prod(sample)), 200, 10)
    return torch.jit.load(name)


def main(directory, model, optimizer):
    torch.set_num_threads(1)
    batches = torch.from_numpy(numpy.load(directory + "/batches.npy"))
    labels = torch.from_numpy(numpy.load(directory + "/labels.npy"))
    net = make(model, tuple(batches.shape[2:]))
    net.load_state_dict(torch.jit.load(directory + "/model.pt").state_dict())
    name, arguments = optimizer.rstrip(")").split("(")
    numbers = {key: float(value) for key, value in (pair.split("=") for pair in arguments.split(", "))}
    update = getattr(torch.optim, name)(net.parameters(), **numbers)
    for batch, wanted in zip(batches, labels):
        update.zero_grad()
        loss = nn.functional.cross_entropy(net(batch), wanted)
        loss.backward()
        update.step()
        print(f"{loss.item():.9g}")


main(*sys.argv[1:])
